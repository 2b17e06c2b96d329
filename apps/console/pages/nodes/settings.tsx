import type { Node, NodePatch } from '#client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { call } from '../../api/call.ts';
import { Field } from '../../parts/field.tsx';
import { Done, Failure } from '../../parts/notices.tsx';
import { draftOf, patchOf, POLICY_FIELDS, type Draft } from './settings-draft.ts';

/** A node's settings. Only what was changed is sent, so that two people do not undo each other's work. */
export function Settings({ node }: { readonly node: Node }) {
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: (change: NodePatch) => call<Node>('PATCH', `/nodes/${encodeURIComponent(node.id)}`, change),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['nodes'] }),
  });
  return (
    <>
      {/* What is there now, once somebody has changed it, replaces what was typed over it. */}
      <Form key={JSON.stringify(node)} node={node} isSaving={saving.isPending} save={saving.mutate} />
      {saving.error !== null && <Failure error={saving.error} what="It was not saved" />}
      {saving.isSuccess && <Done>Saved.</Done>}
    </>
  );
}

interface FormProps {
  readonly node: Node;
  readonly isSaving: boolean;
  readonly save: (change: NodePatch) => void;
}

function Form({ node, isSaving, save }: FormProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(node));
  const patch = patchOf(node, draft);
  function submit(event: FormEvent): void {
    event.preventDefault();
    save(patch);
  }
  const set = (name: keyof Draft) => (value: string) => setDraft({ ...draft, [name]: value });
  return (
    <form className="settings" onSubmit={submit}>
      <Text label="Name" value={draft.name} set={set('name')} />
      <Text label="Address" value={draft.url} set={set('url')} hint="http or https" />
      <Field label="Order">
        {(attributes) => (
          <select {...attributes} value={draft.ordering} onChange={({ target }) => set('ordering')(target.value)}>
            <option value="none">any</option>
            <option value="fifo">one by one (fifo)</option>
          </select>
        )}
      </Field>
      <Field label="Subscriptions" hint="One pattern a line: * for one segment between dots, > for the rest.">
        {(attributes) => (
          <textarea
            {...attributes}
            rows={2}
            value={draft.subscriptions}
            onChange={({ target }) => set('subscriptions')(target.value)}
          />
        )}
      </Field>
      <fieldset>
        <legend>Delivery, where it differs from the configuration</legend>
        {POLICY_FIELDS.map(({ name, label, hint }) => (
          <Text key={name} label={label} hint={hint} value={draft[name]} set={set(name)} numeric />
        ))}
      </fieldset>
      <button type="submit" className="primary" disabled={isSaving || Object.keys(patch).length === 0}>
        Save
      </button>
    </form>
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly hint?: string;
  readonly numeric?: boolean;
}

function Text({ label, value, set, hint, numeric = false }: TextProps) {
  return (
    <Field label={label} {...(hint !== undefined && { hint })}>
      {(attributes) => (
        <input
          {...attributes}
          value={value}
          {...(numeric && { type: 'number', step: 'any', placeholder: 'as configured' })}
          onChange={({ target }) => set(target.value)}
        />
      )}
    </Field>
  );
}
