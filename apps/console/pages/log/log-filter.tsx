import { useState, type FormEvent } from 'react';
import { Field } from '../../parts/field.tsx';

export interface Wanted {
  readonly action: string;
  readonly node: string;
  readonly message: string;
}

interface LogFilterProps {
  readonly filter: Wanted;
  readonly onFilter: (wanted: Record<string, string>) => void;
}

/** Which records are shown. */
export function LogFilter({ filter, onFilter }: LogFilterProps) {
  const [draft, setDraft] = useState(filter);
  function submit(event: FormEvent): void {
    event.preventDefault();
    onFilter(Object.fromEntries(Object.entries(draft).filter(([, value]) => value.trim() !== '')));
  }
  return (
    <form className="search" role="search" onSubmit={submit}>
      <Field label="What">
        {(attributes) => (
          <input
            {...attributes}
            type="search"
            placeholder="delivery.frozen"
            value={draft.action}
            onChange={({ target }) => setDraft({ ...draft, action: target.value })}
          />
        )}
      </Field>
      <Field label="Node">
        {(attributes) => (
          <input
            {...attributes}
            type="search"
            value={draft.node}
            onChange={({ target }) => setDraft({ ...draft, node: target.value })}
          />
        )}
      </Field>
      <Field label="Message id">
        {(attributes) => (
          <input
            {...attributes}
            type="search"
            className="id"
            value={draft.message}
            onChange={({ target }) => setDraft({ ...draft, message: target.value })}
          />
        )}
      </Field>
      <div className="buttons">
        <button type="submit">Filter</button>
        {Object.values(filter).some((value) => value !== '') && (
          <button type="button" onClick={() => onFilter({})}>
            Clear
          </button>
        )}
      </div>
    </form>
  );
}
