import type { ReactNode } from 'react';
import { CallError } from '../api/call.ts';

/** While something is being read for the first time. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p className="notice quiet" role="status">
      <span className="spinner" aria-hidden="true" /> Reading {what} …
    </p>
  );
}

/** What can be done about an error, as far as its status tells. */
const HELP: Readonly<Record<number, string>> = {
  0: 'This page tries again by itself.',
  403: 'Your role may not do this. Ask an administrator.',
  404: 'It may have been removed by a purge, or its name may be mistyped.',
  409: 'Somebody was faster, or it does not go together with what is there. Look again.',
  429: 'Wait a little before trying again.',
  503: 'The database or the queue is away for a moment. Try again shortly; /readyz says which.',
};

/** Something could not be read or done: what, and what helps. */
export function Failure({ error, what }: { readonly error: Error; readonly what: string }) {
  const help = error instanceof CallError ? HELP[error.status] : undefined;
  const mistakes = error instanceof CallError ? error.mistakes : [];
  return (
    <div className="notice failure" role="alert">
      <p>
        <strong>{what}.</strong> {error.message} {help}
      </p>
      {mistakes.length > 0 && (
        <ul>
          {mistakes.map(({ path, message }) => (
            <li key={path + message}>
              {path !== '' && <code>{path}</code>} {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Nothing is there, which is worth a word. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="notice empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

/** Something was done. Read out when it appears. */
export function Done({ children }: { readonly children: ReactNode }) {
  return (
    <p className="notice done" role="status">
      {children}
    </p>
  );
}
