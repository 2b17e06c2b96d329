import { useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { Field } from '../../parts/field.tsx';

/** What messages are looked for by; times as `2026-11-24T12:00` in the reader's zone. */
export interface Filter {
  readonly type?: string;
  readonly origin?: string;
  readonly node?: string;
  readonly state?: string;
  readonly since?: string;
  readonly until?: string;
}

const NAMES = ['type', 'origin', 'node', 'state', 'since', 'until'] as const;

export function readFilter(search: URLSearchParams): Filter {
  const given = NAMES.map((name) => [name, search.get(name)?.trim() ?? ''] as const);
  return Object.fromEntries(
    given.filter(([name, value]) => value !== '' && !(isTime(name) && Number.isNaN(Date.parse(value)))),
  );
}

function isTime(name: string): boolean {
  return name === 'since' || name === 'until';
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

interface SearchFormProps {
  readonly filter: Filter;
  readonly onSearch: (filter: Filter) => void;
}

/** Looks for messages; an id leads straight to its message. */
export function SearchForm({ filter, onSearch }: SearchFormProps) {
  const [draft, setDraft] = useState<Filter>(filter);
  const [id, setId] = useState('');
  const navigate = useNavigate();
  const isId = UUID.test(id.trim());
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (isId) void navigate(`/messages/${id.trim().toLowerCase()}`);
    else onSearch(Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== '')));
  }
  const input = (name: keyof Filter, label: string, type = 'search') => (
    <Field label={label}>
      {(attributes) => (
        <input
          {...attributes}
          type={type}
          value={draft[name] ?? ''}
          onChange={({ target }) => setDraft({ ...draft, [name]: target.value })}
        />
      )}
    </Field>
  );
  return (
    <form className="search" role="search" onSubmit={submit}>
      <Field label="Message id">
        {(attributes) => (
          <input
            {...attributes}
            type="search"
            className="id"
            placeholder="leads straight to it"
            aria-invalid={id.trim() !== '' && !isId}
            value={id}
            onChange={({ target }) => setId(target.value)}
          />
        )}
      </Field>
      {input('type', 'Type')}
      {input('origin', 'From node')}
      {input('node', 'To node')}
      <Field label="State">
        {(attributes) => (
          <select
            {...attributes}
            value={draft.state ?? ''}
            onChange={({ target }) => setDraft({ ...draft, state: target.value })}
          >
            <option value="">any</option>
            <option>pending</option>
            <option>delivered</option>
            <option>frozen</option>
            <option>cancelled</option>
          </select>
        )}
      </Field>
      {input('since', 'Since', 'datetime-local')}
      {input('until', 'Until', 'datetime-local')}
      <div className="buttons">
        <button type="submit" className="primary" disabled={id.trim() !== '' && !isId}>
          {isId ? 'Open' : 'Search'}
        </button>
        {Object.keys(filter).length > 0 && (
          <button type="button" onClick={() => onSearch({})}>
            Clear
          </button>
        )}
      </div>
    </form>
  );
}
