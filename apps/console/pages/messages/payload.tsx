import type { Message } from '#client';
import { useQuery } from '@tanstack/react-query';
import * as queries from '../../api/queries.ts';
import { Copy } from '../../parts/copy.tsx';
import { Reading } from '../../parts/reading.tsx';
import { size } from '../../words/numbers.ts';
import { showPayload } from '../../words/show-payload.ts';

/** The payload as text where it is one, else its bytes. It is only ever shown as text: what a sender wrote must not run here. */
export function Payload({ message }: { readonly message: Message }) {
  const query = useQuery(queries.payload(message.id));
  return (
    <Reading query={query} what="the payload">
      {({ bytes, contentType }) => {
        const shown = showPayload(bytes, contentType);
        return (
          <>
            <p className="payload-bar">
              <span className="quiet">
                {shown.kind === 'bytes' ? 'bytes' : shown.language}, {size(bytes.length)}
                {isCut(bytes, shown.kind) && ', only the beginning is shown'}
              </span>
              {shown.kind === 'text' && <Copy text={new TextDecoder().decode(bytes)} what="the payload" />}
              <a className="button small" href={`/api/v1/messages/${message.id}/payload`} download={message.id}>
                Download
              </a>
            </p>
            <pre className="payload" tabIndex={0} aria-label="Payload">
              {shown.text}
            </pre>
          </>
        );
      }}
    </Reading>
  );
}

function isCut(bytes: Uint8Array, kind: 'text' | 'bytes'): boolean {
  return bytes.length > (kind === 'bytes' ? 4_096 : 262_144);
}
