import type { Standing } from '#client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import * as queries from '../../api/queries.ts';
import { rightsOf, type Role } from '../../api/session.ts';
import { usePeriod } from '../../charts/period.tsx';
import { FlowChart, LatencyChart } from '../../charts/series-charts.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Reading } from '../../parts/reading.tsx';
import { Facts, Heading, Section } from '../../parts/section.tsx';
import { HealthSymbol } from '../../parts/symbols.tsx';
import { counted } from '../../words/numbers.ts';
import { Diagnosis } from './diagnosis.tsx';
import { Keys } from './keys.tsx';
import { NodeActions } from './node-actions.tsx';
import { SecretRotation } from './secret-rotation.tsx';
import { Settings } from './settings.tsx';

export function NodePage({ role }: { readonly role: Role }) {
  const { id = '' } = useParams();
  const standing = useQuery(queries.standing(id));
  return (
    <Reading query={standing} what={`node ${id}`}>
      {(node) => <Node node={node} role={role} />}
    </Reading>
  );
}

/** The answer first, then the repair, then why. */
function Node({ node, role }: { readonly node: Standing; readonly role: Role }) {
  const { operate, administrate } = rightsOf(role);
  return (
    <>
      <Heading
        title={
          <>
            {node.name} <HealthSymbol health={node.health} />
          </>
        }
      >
        {operate && <NodeActions node={node} />}
      </Heading>
      <Diagnosis node={node} />
      <Charts id={node.id} />
      <div className="halves">
        <Section title="Where and how">
          <NodeFacts node={node} />
        </Section>
        {operate && (
          <Section title="Settings">
            <NodeSettings id={node.id} />
          </Section>
        )}
      </div>
      {administrate && (
        <div className="halves">
          <Section title="Keys it sends with">
            <Keys node={node.id} />
          </Section>
          <Section title="Secret that deliveries are signed with">
            <SecretRotation node={node.id} />
          </Section>
        </div>
      )}
    </>
  );
}

function Charts({ id }: { readonly id: string }) {
  const { period, picker } = usePeriod();
  const series = useQuery(queries.series(period, id));
  return (
    <Section title="What moved" aside={picker}>
      <Reading query={series} what="what moved">
        {(data) => (
          <div className="halves">
            <figure>
              <figcaption>Outcomes</figcaption>
              <FlowChart
                series={data}
                title="Deliveries for the node, delivered, failed and frozen"
                incoming="queued"
              />
            </figure>
            <figure>
              <figcaption>How long attempts took</figcaption>
              <LatencyChart series={data} />
            </figure>
          </div>
        )}
      </Reading>
    </Section>
  );
}

function NodeFacts({ node }: { readonly node: Standing }) {
  const { fixed, progressive } = node.policy.retry.delay;
  const { max } = node.policy.retry;
  return (
    <Facts
      facts={[
        {
          term: 'Address',
          value: (
            <>
              <code className="long">{node.url}</code> <Copy text={node.url} what="the address" />
            </>
          ),
        },
        {
          term: 'Id',
          value: (
            <>
              <code>{node.id}</code> <Copy text={node.id} what="the id" />
            </>
          ),
        },
        {
          term: 'DID',
          value: node.did === null ? <span className="quiet">none</span> : <code className="long">{node.did}</code>,
        },
        { term: 'Protocol', value: node.protocol },
        { term: 'Order', value: node.ordering === 'fifo' ? 'one by one, in the order of acceptance' : 'any' },
        {
          term: 'Retries',
          value: `after ${fixed} s, then ${progressive} s more each time; ${max === 0 ? 'never given up' : `frozen after ${counted(max, 'failure')}`}`,
        },
        { term: 'Time for an attempt', value: `${node.policy.timeout} s` },
        { term: 'At the same time', value: `${node.policy.concurrency} requests` },
        { term: 'Last taken', value: <Moment at={node.lastSuccessAt} none="never" /> },
        { term: 'Last failed', value: <Moment at={node.lastFailureAt} none="never" /> },
        { term: 'Messages', value: <Link to={`/messages?node=${encodeURIComponent(node.id)}`}>those for it</Link> },
      ]}
    />
  );
}

function NodeSettings({ id }: { readonly id: string }) {
  const query = useQuery(queries.node(id));
  return (
    <Reading query={query} what="its settings">
      {(node) => <Settings node={node} />}
    </Reading>
  );
}
