import type { Standing } from '#client';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import * as queries from '../../api/queries.ts';
import { useClock } from '../../live/use-clock.ts';
import { explainNode } from '../../words/explain-node.ts';
import { counted } from '../../words/numbers.ts';

/** "Messages aren't arriving there": whose fault it is, since when, what is stuck, what happens next. */
export function Diagnosis({ node }: { readonly node: Standing }) {
  const fleet = useQuery(queries.fleet);
  const now = useClock();
  if (fleet.data === undefined) return null;
  const { fault, verdict, sentence } = explainNode(node, fleet.data, now);
  const at = encodeURIComponent(node.id);
  return (
    <section className={`diagnosis fault-${fault}`} aria-label="How it stands">
      <p>
        <strong>{verdict}.</strong> {sentence}
      </p>
      <p className="links">
        {node.frozen > 0 && (
          <Link to={`/frozen?node=${at}`}>See {counted(node.frozen, 'frozen delivery', 'frozen deliveries')}</Link>
        )}
        {node.backlog > 0 && <Link to={`/messages?node=${at}&state=pending`}>See what waits</Link>}
      </p>
    </section>
  );
}
