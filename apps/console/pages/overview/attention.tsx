import type { Concern } from '#client';
import { Link } from 'react-router';
import { SeveritySymbol } from '../../parts/symbols.tsx';
import { Moment } from '../../parts/moment.tsx';
import { counted } from '../../words/numbers.ts';
import { concernWords } from '../../words/concerns.ts';

/** What needs attention, worst first; that nothing does, otherwise. */
export function Attention({ concerns }: { readonly concerns: readonly Concern[] }) {
  if (concerns.length === 0) {
    return (
      <div className="notice calm" role="status">
        <p>
          <strong>Nothing needs you.</strong> Workers run, and every node takes what it is sent.
        </p>
      </div>
    );
  }
  return (
    <section className="attention" aria-label="What needs attention">
      <h2>{counted(concerns.length, 'thing needs', 'things need')} attention</h2>
      <ul>
        {concerns.map((concern) => (
          <li key={`${concern.kind} ${concern.node ?? concern.worker ?? ''}`}>
            <Entry concern={concern} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Entry({ concern }: { readonly concern: Concern }) {
  const { title, detail } = concernWords(concern);
  return (
    <Link to={placeOf(concern)} className="concern">
      <SeveritySymbol severity={concern.severity} />
      <span className="what">
        <strong>{title}</strong> <span className="detail">{detail}</span>
      </span>
      {concern.since !== null && (
        <span className="since">
          since <Moment at={concern.since} />
        </span>
      )}
    </Link>
  );
}

function placeOf({ kind, node }: Concern): string {
  if (node === null) return '/';
  return kind === 'frozen' ? `/frozen?node=${encodeURIComponent(node)}` : `/nodes/${encodeURIComponent(node)}`;
}
