import type { Attempt, Message } from '#client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import * as queries from '../../api/queries.ts';
import type { Role } from '../../api/session.ts';
import { Copy } from '../../parts/copy.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Empty } from '../../parts/notices.tsx';
import { Reading } from '../../parts/reading.tsx';
import { Facts, Heading, Section } from '../../parts/section.tsx';
import { explainMessage } from '../../words/explain-message.ts';
import { counted, size } from '../../words/numbers.ts';
import { AttemptList } from './attempt-list.tsx';
import { Ladder } from './ladder.tsx';
import { Matrix } from './matrix.tsx';
import { Payload } from './payload.tsx';

export function MessagePage({ role }: { readonly role: Role }) {
  const { id = '' } = useParams();
  const message = useQuery(queries.message(id));
  const attempts = useQuery(queries.attempts(id));
  return (
    <Reading query={message} what="the message">
      {(found) => <Found message={found} attempts={attempts.data ?? []} role={role} />}
    </Reading>
  );
}

interface FoundProps {
  readonly message: Message;
  readonly attempts: readonly Attempt[];
  readonly role: Role;
}

/** What became of it first, then why, then what it is. */
function Found({ message, attempts, role }: FoundProps) {
  const unfinished = message.deliveries.filter(({ state }) => state === 'pending' || state === 'frozen');
  const { ok, sentence } = explainMessage(message);
  return (
    <>
      <Heading
        title={
          <>
            Message <code className="title-id">{message.id}</code>
          </>
        }
      >
        <Copy text={message.id} what="the id" />
      </Heading>
      <p className={ok ? 'diagnosis fault-none' : 'diagnosis fault-node'}>{sentence}</p>
      <Section title={`Where it goes: ${counted(message.deliveries.length, 'node')}`}>
        {message.deliveries.length === 0 ? (
          <Empty title="Nobody gets it.">
            No node was subscribed to {message.type} when it was accepted. Subscribe one, and have it sent again.
          </Empty>
        ) : (
          <Matrix deliveries={message.deliveries} role={role} />
        )}
      </Section>
      {unfinished.map((delivery) => (
        <Section key={delivery.id} title={`What happens next at ${delivery.node}`}>
          <Ladder delivery={delivery} attempts={attempts} />
        </Section>
      ))}
      <div className="halves">
        <Section title="Attempts, newest first">
          <AttemptList attempts={attempts} />
        </Section>
        <div>
          <Section title="What it is">
            <MessageFacts message={message} />
          </Section>
          <Section title="Payload">
            <Payload message={message} />
          </Section>
        </div>
      </div>
    </>
  );
}

function MessageFacts({ message }: { readonly message: Message }) {
  return (
    <Facts
      facts={[
        { term: 'Type', value: message.type },
        { term: 'From', value: <Link to={`/nodes/${encodeURIComponent(message.origin)}`}>{message.origin}</Link> },
        {
          term: 'Sender’s id',
          value:
            message.senderId === null ? (
              <span className="quiet">none</span>
            ) : (
              <>
                <code className="long">{message.senderId}</code> <Copy text={message.senderId} what="the sender’s id" />
              </>
            ),
        },
        { term: 'Accepted', value: <Moment at={message.createdAt} /> },
        { term: 'Content', value: `${message.contentType}, ${size(message.size)}` },
        {
          term: 'SHA-256',
          value: (
            <>
              <code className="long">{message.digest}</code> <Copy text={message.digest} what="the digest" />
            </>
          ),
        },
      ]}
    />
  );
}
