import { useId, type ReactNode } from 'react';

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  /** What is wrong with what is in it. */
  readonly mistake?: string;
  readonly children: (attributes: {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': boolean;
  }) => ReactNode;
}

/** A labelled input, with a word on what goes into it, and on what is wrong with it. */
export function Field({ label, hint, mistake, children }: FieldProps) {
  const id = useId();
  const ids = { hint: `${id}-hint`, mistake: `${id}-mistake` };
  const described = [hint !== undefined && ids.hint, mistake !== undefined && ids.mistake].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': mistake !== undefined })}
      {mistake !== undefined && (
        <p className="mistake" id={ids.mistake}>
          {mistake}
        </p>
      )}
      {hint !== undefined && (
        <p className="hint" id={ids.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}
