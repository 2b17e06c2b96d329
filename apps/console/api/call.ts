/** One thing that is wrong with a request, as the API tells it. */
export interface Mistake {
  readonly path: string;
  readonly message: string;
}

/** An answer that is no success: a problem document (RFC 9457), or none at all. */
export class CallError extends Error {
  /** 0 when nothing answered. */
  readonly status: number;
  readonly mistakes: readonly Mistake[];

  constructor(status: number, message: string, mistakes: readonly Mistake[] = []) {
    super(message);
    this.status = status;
    this.mistakes = mistakes;
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a list answers. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/**
 * Makes a call of the API below `/api/v1`, as whoever is signed in: the browser adds the session's cookie, which no script can read.
 * @throws CallError for everything but a success.
 */
export async function call<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const response = await exchange(method, path, body);
  if (!response.ok) throw await errorOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

export function get<Answer>(path: string): Promise<Answer> {
  return call<Answer>('GET', path);
}

/** The bytes of an answer, and what they say they are. */
export async function getBytes(path: string): Promise<{ readonly bytes: Uint8Array; readonly contentType: string }> {
  const response = await exchange('GET', path);
  if (!response.ok) throw await errorOf(response);
  const contentType = response.headers.get('x-payload-content-type') ?? '';
  return { bytes: new Uint8Array(await response.arrayBuffer()), contentType };
}

/** Every item of a list, page after page; `most` items at most. */
export async function getAll<Item>(path: string, most: number): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null && items.length < most;) {
    const page: Page<Item> = await get(`${path}${queryText({ limit: 500, cursor })}`);
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

/** `?a=1&b=2` of what is given; what is undefined or empty is left out. */
export function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

async function exchange(method: Method, path: string, body?: unknown): Promise<Response> {
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new CallError(0, 'The orchestrator does not answer. Is it running, and is this machine connected?', [
      { path: '', message: String(error) },
    ]);
  }
}

async function errorOf(response: Response): Promise<CallError> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  if (!isProblem) return new CallError(response.status, `The answer was ${response.status} ${response.statusText}.`);
  const { detail, errors = [] } = (await response.json()) as { detail: string; errors?: Mistake[] };
  return new CallError(response.status, detail, errors);
}
