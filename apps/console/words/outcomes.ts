/** What an attempt ended with, in words. */
const WORDS: Readonly<Record<string, string>> = {
  success: 'delivered',
  'http-error': 'answered with an error',
  timeout: 'no answer in time',
  'dns-error': 'its name was not found',
  'connection-error': 'no connection',
  'tls-error': 'TLS failed',
  'egress-denied': 'address not allowed',
  'invalid-response': 'answer could not be read',
};

export function outcomeWords(outcome: string): string {
  return WORDS[outcome] ?? outcome;
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: 'bad request',
  401: 'not authorised',
  403: 'forbidden',
  404: 'not found',
  408: 'request timeout',
  410: 'gone for good',
  413: 'too large',
  422: 'not acceptable to it',
  429: 'too many requests',
  500: 'internal error',
  502: 'bad gateway',
  503: 'unavailable',
  504: 'gateway timeout',
};

/** `503 unavailable` */
export function statusWords(status: number): string {
  const words = STATUS_WORDS[status];
  return words === undefined ? String(status) : `${status} ${words}`;
}

/** Why a delivery did not arrive, from what is kept of its last attempt. */
export function reasonWords(reason: { readonly status: number | null; readonly error: string | null }): string {
  const { status, error } = reason;
  if (status !== null)
    return error === null || error.includes(String(status)) ? `It answered ${statusWords(status)}` : error;
  return error ?? 'No reason was kept';
}
