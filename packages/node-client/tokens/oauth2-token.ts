import type { OAuth2Auth } from '#core';
import type { GuardedHttp, HttpAnswer } from './guarded-http.ts';
import { readError, readToken, type Token } from './read-token.ts';

/** How a client shows its secret (RFC 6749, section 2.3.1): servers must know the first, and many know only the second. */
type Style = 'header' | 'body';

/** Refusals that the other style would not change. */
const FINAL: ReadonlySet<string | null> = new Set([
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
  'access_denied',
]);

/** Fetches tokens for client credentials (RFC 6749, section 4.4). Which style a server takes is found out once. */
export function createOAuth2(http: GuardedHttp) {
  const styles = new Map<string, Style>();

  function ask(auth: OAuth2Auth, style: Style, timeout: number): Promise<HttpAnswer> {
    const { tokenUrl, clientId, clientSecret, scope, ca } = auth;
    const secret = style === 'body' ? { client_id: clientId, client_secret: clientSecret } : {};
    return http({
      method: 'POST',
      url: tokenUrl,
      headers: style === 'header' ? { authorization: basic(clientId, clientSecret) } : {},
      form: { grant_type: 'client_credentials', ...(scope !== undefined && { scope }), ...secret },
      ca,
      timeout,
    });
  }

  /** `timeout` is in seconds. Throws `TokenError`. */
  return async (auth: OAuth2Auth, timeout: number): Promise<Token> => {
    const { host } = new URL(auth.tokenUrl);
    const known = styles.get(auth.tokenUrl);
    const first = await ask(auth, known ?? 'header', timeout);
    if (known !== undefined || !mayBeStyle(first)) return readToken(first, host);
    const second = await ask(auth, 'body', timeout);
    const token = readToken(second, host);
    styles.set(auth.tokenUrl, 'body');
    return token;
  };
}

function mayBeStyle({ status, text }: HttpAnswer): boolean {
  return (status === 400 || status === 401) && !FINAL.has(readError(text));
}

/** Both parts are form-encoded first: RFC 6749, section 2.3.1. */
function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}`;
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
