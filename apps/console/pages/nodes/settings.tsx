import type { Node, NodePatch } from '#client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { call } from '../../api/call.ts';
import { Done, Failure } from '../../parts/notices.tsx';
import { ADDRESS, DID, NAME, SUBSCRIPTIONS, type Draft } from './node-fields.ts';
import { errorBeside, NodeInput, ProtocolAndOrder, RareParts } from './node-form.tsx';
import { draftOf, patchOf } from './settings-draft.ts';

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
      <Form
        key={JSON.stringify(node)}
        node={node}
        isSaving={saving.isPending}
        save={saving.mutate}
        error={saving.error}
      />
      {saving.isSuccess && <Done>Saved.</Done>}
    </>
  );
}

interface FormProps {
  readonly node: Node;
  readonly isSaving: boolean;
  readonly save: (change: NodePatch) => void;
  readonly error: Error | null;
}

function Form({ node, isSaving, save, error }: FormProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(node));
  const patch = patchOf(node, draft);
  const form = { draft, error, set: (path: string, text: string) => setDraft({ ...draft, [path]: text }) };
  function submit(event: FormEvent): void {
    event.preventDefault();
    save(patch);
  }
  return (
    <form className="settings" onSubmit={submit}>
      {[NAME, ADDRESS].map((field) => (
        <NodeInput key={field.path} form={form} field={field} />
      ))}
      <ProtocolAndOrder form={form} />
      {[DID, SUBSCRIPTIONS].map((field) => (
        <NodeInput key={field.path} form={form} field={field} />
      ))}
      <RareParts form={form} hint="What is secret is not shown. To change any of it, write all of it again." />
      <button type="submit" className="primary" disabled={isSaving || Object.keys(patch).length === 0}>
        Save
      </button>
      {error !== null && <Failure error={errorBeside(error, draft)} what="It was not saved" />}
    </form>
  );
}
