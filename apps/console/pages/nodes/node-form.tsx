import { useState, type ReactNode } from 'react';
import { CallError } from '../../api/call.ts';
import { Field } from '../../parts/field.tsx';
import {
  AUTH_FIELDS,
  AUTH_WORDS,
  fieldsOf,
  POLICY_FIELDS,
  textAt,
  TLS_FIELDS,
  type Draft,
  type NodeField,
} from './node-fields.ts';

/** What stands in a form, how it is changed, and what the API said of it. */
export interface NodeForm {
  readonly draft: Draft;
  readonly set: (path: string, text: string) => void;
  readonly error: Error | null;
}

interface InputProps {
  readonly form: NodeForm;
  readonly field: NodeField;
}

/** One field, with what is wrong with it. */
export function NodeInput({ form, field: { path, label, hint, kind = 'text', required = false } }: InputProps) {
  const mistake = mistakeAt(form.error, path);
  return (
    <Field label={label} {...(hint !== undefined && { hint })} {...(mistake !== null && { mistake })}>
      {(attributes) => {
        const common = {
          ...attributes,
          required,
          value: form.draft[path] ?? '',
          onChange: ({ target }: { readonly target: { readonly value: string } }) => form.set(path, target.value),
        };
        if (kind === 'lines' || kind === 'pem') return <textarea {...common} rows={2} spellCheck={false} />;
        if (kind === 'number') return <input {...common} type="number" step="any" placeholder="as configured" />;
        if (kind === 'secret') return <input {...common} type="password" autoComplete="new-password" />;
        return <input {...common} autoComplete="off" spellCheck={false} />;
      }}
    </Field>
  );
}

interface ChoiceProps {
  readonly form: NodeForm;
  readonly path: string;
  readonly label: string;
  /** Words by value. */
  readonly choices: Readonly<Record<string, string>>;
}

function NodeChoice({ form, path, label, choices }: ChoiceProps) {
  return (
    <Field label={label}>
      {(attributes) => (
        <select {...attributes} value={form.draft[path]} onChange={({ target }) => form.set(path, target.value)}>
          {Object.entries(choices).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function ProtocolAndOrder({ form }: { readonly form: NodeForm }) {
  return (
    <>
      <NodeChoice
        form={form}
        path="protocol"
        label="Protocol"
        choices={{ webhook: 'webhook: the payload as it is', federated: 'federated: a FEDeRATED node' }}
      />
      <NodeChoice
        form={form}
        path="ordering"
        label="Order"
        choices={{ none: 'any', fifo: 'one by one, as accepted (fifo)' }}
      />
    </>
  );
}

/** The parts that most nodes leave as they are: closed until something is in them, or wrong with them. */
export function RareParts({ form, hint }: { readonly form: NodeForm; readonly hint?: string }) {
  const type = textAt(form.draft, 'auth.type');
  return (
    <>
      <Part form={form} title="Delivery, where it differs from the configuration" fields={POLICY_FIELDS} />
      <Part form={form} title="How we say who we are" fields={AUTH_FIELDS[type] ?? []}>
        <NodeChoice form={form} path="auth.type" label="We say who we are" choices={AUTH_WORDS} />
        {hint !== undefined && type !== 'none' && <p className="hint">{hint}</p>}
      </Part>
      <Part form={form} title="Certificates of the connection" fields={TLS_FIELDS} />
    </>
  );
}

interface PartProps {
  readonly form: NodeForm;
  readonly title: string;
  readonly fields: readonly NodeField[];
  readonly children?: ReactNode;
}

function Part({ form, title, fields, children }: PartProps) {
  const isWrong = fields.some(({ path }) => mistakeAt(form.error, path) !== null);
  const [isOpen, setOpen] = useState(() => fields.some(({ path }) => textAt(form.draft, path) !== ''));
  return (
    <details open={isOpen || isWrong} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{title}</summary>
      <div className="part">
        {children}
        {fields.map((field) => (
          <NodeInput key={field.path} form={form} field={field} />
        ))}
      </div>
    </details>
  );
}

/** What the API says of a field, or of what is in it: `subscriptions` for `subscriptions[1]`. */
function mistakeAt(error: Error | null, path: string): string | null {
  if (!(error instanceof CallError)) return null;
  const own = error.mistakes.filter((one) => one.path === path || one.path.startsWith(`${path}[`));
  return own.length === 0 ? null : own.map(({ message }) => message).join('; ');
}

/** An error without what is told beside a field. */
export function errorBeside(error: Error, draft: Draft): Error {
  if (!(error instanceof CallError)) return error;
  const shown = fieldsOf(draft).map(({ path }) => path);
  const rest = error.mistakes.filter(({ path }) => !shown.includes(path.replace(/\[.*$/, '')));
  return new CallError(error.status, rest.length < error.mistakes.length ? BESIDE : error.message, rest);
}

const BESIDE = 'What is wrong stands beside each field.';
