import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { rightsOf, type Role } from '../../api/session.ts';
import { Failure } from '../../parts/notices.tsx';
import { Heading } from '../../parts/section.tsx';
import { ADDRESS, DID, ID, NAME, SUBSCRIPTIONS, type Draft } from '../nodes/node-fields.ts';
import { errorBeside, NodeInput, ProtocolAndOrder, RareParts } from '../nodes/node-form.tsx';
import { Outcome } from './outcome.tsx';
import { EMPTY, register, type Extras } from './registration.ts';

/** A new node; then, once, what its owner must be told. */
export function RegisterPage({ role }: { readonly role: Role }) {
  const queries = useQueryClient();
  const registering = useMutation({
    mutationFn: ({ draft, extras }: { readonly draft: Draft; readonly extras: Extras }) => register(draft, extras),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['nodes'] }),
  });
  return (
    <>
      <Heading title="Register a node" />
      {registering.data === undefined ? (
        <RegisterForm
          mayHaveSecrets={rightsOf(role).administrate}
          isPending={registering.isPending}
          error={registering.error}
          register={(draft, extras) => registering.mutate({ draft, extras })}
        />
      ) : (
        <Outcome registered={registering.data} onAnother={() => registering.reset()} />
      )}
    </>
  );
}

interface RegisterFormProps {
  readonly mayHaveSecrets: boolean;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly register: (draft: Draft, extras: Extras) => void;
}

function RegisterForm({ mayHaveSecrets, isPending, error, register }: RegisterFormProps) {
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [extras, setExtras] = useState<Extras>({ secret: mayHaveSecrets, key: mayHaveSecrets });
  const form = { draft, error, set: (path: string, text: string) => setDraft({ ...draft, [path]: text }) };
  function submit(event: FormEvent): void {
    event.preventDefault();
    register(draft, extras);
  }
  return (
    <form className="section settings register" onSubmit={submit}>
      {[ID, NAME, ADDRESS, DID].map((field) => (
        <NodeInput key={field.path} form={form} field={field} />
      ))}
      <ProtocolAndOrder form={form} />
      <NodeInput form={form} field={SUBSCRIPTIONS} />
      {mayHaveSecrets ? (
        <ExtrasChoice extras={extras} onChange={setExtras} />
      ) : (
        <p className="hint">An administrator can give it a secret and keys afterwards.</p>
      )}
      <RareParts form={form} />
      <button type="submit" className="primary" disabled={isPending}>
        Register
      </button>
      {error !== null && <Failure error={errorBeside(error, draft)} what="It was not registered" />}
    </form>
  );
}

interface ExtrasChoiceProps {
  readonly extras: Extras;
  readonly onChange: (extras: Extras) => void;
}

function ExtrasChoice({ extras, onChange }: ExtrasChoiceProps) {
  return (
    <div className="field checks">
      <label>
        <input
          type="checkbox"
          checked={extras.secret}
          onChange={({ target }) => onChange({ ...extras, secret: target.checked })}
        />{' '}
        Sign what it is sent, with a secret made now
      </label>
      <label>
        <input
          type="checkbox"
          checked={extras.key}
          onChange={({ target }) => onChange({ ...extras, key: target.checked })}
        />{' '}
        It sends messages, too: make a key
      </label>
    </div>
  );
}
