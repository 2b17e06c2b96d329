import { types } from 'node:util';

/** No line says more than this, whatever it is handed. */
const MOST = { depth: 6, values: 1_000, characters: 65_536 };
const LONGEST_TEXT = 8_192;
const LONGEST_LIST = 100;
const LONGEST_NAME = 200;

const HIDDEN = '(hidden)';
const SECRET_NAME = /password|passwd|passphrase|secret|token|authorization|credential|cookie|signature|keys?$|^auth$/;
/** Secrets inside of text: the login of a URL, a Standard Webhooks secret, what follows the scheme in an Authorization header, a JSON Web Token. */
const SECRET_TEXT =
  /(:\/\/)[^\s/@]*:[^\s/]*(?=@)|\b(whsec_)[\w+/=-]+|\b(bearer |basic )[\w+/=.~-]{8,}|\beyJ[\w-]{1,2048}\.[\w-]{1,2048}\.[\w-]*/gi;

type Facts = Readonly<Record<string, unknown>>;

/**
 * Facts as JSON can take them: bounded, without cycles, and with everything hidden that looks like a secret by its name or its
 * form. Never throws, whatever the getters and proxies in there do.
 */
export function plainFacts(facts: Facts): Record<string, unknown> {
  const room = { ...MOST };
  const above: object[] = [];

  function plain(value: unknown): unknown {
    room.values -= 1;
    if (typeof value === 'string') return plainText(value);
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (value === null || value === undefined || typeof value === 'boolean') return value;
    if (typeof value !== 'object') return typeof value === 'function' ? '(function)' : plainText(String(value));
    if (above.includes(value)) return '(circular)';
    if (above.length >= room.depth || room.values <= 0) return '(more)';
    above.push(value);
    try {
      return plainObject(value);
    } catch (error) {
      return `(unreadable: ${plainText(String(error))})`;
    } finally {
      above.pop();
    }
  }

  function plainText(text: string): string {
    const length = Math.max(0, Math.min(LONGEST_TEXT, room.characters));
    room.characters -= Math.min(text.length, length);
    // Cut a little later than hidden, so that the cut can't part a secret from what gives it away.
    const shown = text.slice(0, length + LONGEST_TEXT).replaceAll(SECRET_TEXT, `$1$2$3${HIDDEN}`);
    return text.length <= length ? shown : `${shown.slice(0, length)}… (${text.length} characters)`;
  }

  function plainObject(value: object): unknown {
    if (types.isNativeError(value)) return plainMapping(errorFacts(value));
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
    if (value instanceof URL) return plainText(value.href);
    if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
    if (value instanceof Set) return plainList([...value]);
    if (value instanceof Map) return plainMapping(Object.fromEntries(value) as Facts);
    return Array.isArray(value) ? plainList(value) : plainMapping(value as Facts);
  }

  function plainList(list: readonly unknown[]): unknown[] {
    const shown = list.slice(0, LONGEST_LIST).map(plain);
    return list.length > LONGEST_LIST ? [...shown, `(${list.length - LONGEST_LIST} more)`] : shown;
  }

  function plainMapping(mapping: Facts): Record<string, unknown> {
    const names = Object.keys(mapping);
    const shown = names.slice(0, LONGEST_LIST).map((name) => [plainName(name), plainMember(mapping, name)] as const);
    const more = names.length - shown.length;
    return Object.fromEntries(more > 0 ? [...shown, ['…', `(${more} more)`]] : shown);
  }

  function plainMember(mapping: Facts, name: string): unknown {
    try {
      const value = mapping[name];
      return isSecretName(name) && value !== null && typeof value !== 'boolean' ? HIDDEN : plain(value);
    } catch (error) {
      return `(unreadable: ${plainText(String(error))})`;
    }
  }

  return plain(facts) as Record<string, unknown>;
}

function plainName(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME)}…`;
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/[^A-Za-z0-9]/g, '').toLowerCase());
}

/** Only these: what drivers add to their errors may quote the data. */
function errorFacts(error: Error): Facts {
  return {
    name: error.name,
    message: error.message,
    ...('code' in error && { code: error.code }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: error.cause }),
    ...('errors' in error && { errors: error.errors }),
  };
}
