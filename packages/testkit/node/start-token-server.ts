import { startTestNode, type ReceivedRequest, type TestNode, type TestNodeOptions } from './test-node.ts';

/** A server that hands out tokens (RFC 6749): `token-1`, `token-2`, … */
export interface TokenServer extends Pick<TestNode, 'url' | 'requests' | 'ca' | 'clear' | 'close' | 'waitFor'> {
  /** The forms that were sent, in order. */
  forms(): readonly URLSearchParams[];
  /** What the next requests are answered instead of a token, until it is null again. */
  refuse(refusal: Refusal | null): void;
}

export interface Refusal {
  readonly status: number;
  readonly error: string;
}

export interface TokenServerOptions extends Pick<TestNodeOptions, 'tls'> {
  /** Seconds, told with every token. */
  readonly expiresIn?: number;
  /** Says whether it knows who asks; anyone, unless given. */
  readonly knows?: (request: ReceivedRequest, form: URLSearchParams) => boolean;
}

export async function startTokenServer({
  expiresIn = 3_600,
  knows = () => true,
  ...options
}: TokenServerOptions = {}): Promise<TokenServer> {
  let refusal: Refusal | null = null;
  let given = 0;
  const node = await startTestNode({
    ...options,
    script(request) {
      const known = knows(request, formOf(request));
      const refused = refusal ?? (known ? null : { status: 401, error: 'invalid_client' });
      if (refused !== null) return { status: refused.status, body: JSON.stringify({ error: refused.error }) };
      given += 1;
      return { body: JSON.stringify({ access_token: `token-${given}`, token_type: 'Bearer', expires_in: expiresIn }) };
    },
  });
  return {
    url: `${node.url}/token`,
    ca: node.ca,
    get requests() {
      return node.requests;
    },
    forms: () => node.requests.map(formOf),
    refuse(next) {
      refusal = next;
    },
    clear: () => node.clear(),
    waitFor: (wanted, within) => node.waitFor(wanted, within),
    close: () => node.close(),
  };
}

function formOf({ body }: ReceivedRequest): URLSearchParams {
  return new URLSearchParams(body.toString());
}
