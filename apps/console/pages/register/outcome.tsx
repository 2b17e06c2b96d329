import { Link } from 'react-router';
import { Copy } from '../../parts/copy.tsx';
import { Failure } from '../../parts/notices.tsx';
import type { Registered } from './registration.ts';

interface OutcomeProps {
  readonly registered: Registered;
  readonly onAnother: () => void;
}

/** What a node's owner must be told, which can not be had again. */
export function Outcome({ registered: { node, secret, key, keyError }, onAnother }: OutcomeProps) {
  return (
    <section className="section outcome" aria-label="Registered">
      <p role="status">
        <strong>{node.name} is registered.</strong> From now on it gets what senders name it for
        {node.subscriptions.length > 0 && ', and what it is subscribed to'}.
      </p>
      {(secret !== null || key !== null) && (
        <>
          <p className="hint">Give these to its owner now: they are shown this once, and can not be had again.</p>
          <dl className="facts">
            {secret !== null && <Once term="Secret that deliveries are signed with" text={secret} what="the secret" />}
            {key !== null && <Once term="Key that it sends with (x-api-key)" text={key} what="the key" />}
          </dl>
        </>
      )}
      {keyError !== null && <Failure error={keyError} what="It has no key yet: make one on its page" />}
      <p className="links">
        <Link to={`/nodes/${encodeURIComponent(node.id)}`}>
          Its page: ping it there, to see whether it takes something
        </Link>
        <button type="button" className="small" onClick={onAnother}>
          Register another
        </button>
      </p>
    </section>
  );
}

function Once({ term, text, what }: { readonly term: string; readonly text: string; readonly what: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>
        <code className="long">{text}</code> <Copy text={text} what={what} />
      </dd>
    </div>
  );
}
