import { useId, type ReactNode } from 'react';

interface SectionProps {
  readonly title: string;
  /** Beside the title, at the right. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A titled part of a page. */
export function Section({ title, aside, children }: SectionProps) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface HeadingProps {
  readonly title: ReactNode;
  readonly children?: ReactNode;
}

/** The top of a page, with what can be done there. */
export function Heading({ title, children }: HeadingProps) {
  return (
    <header className="heading">
      <h1>{title}</h1>
      {children !== undefined && <div className="actions">{children}</div>}
    </header>
  );
}

export interface Fact {
  readonly term: string;
  readonly value: ReactNode;
}

/** Terms with their values. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map(({ term, value }) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
