import type { Finding } from './config-problem.ts';
import { isNothing } from './config-schema.ts';
import { Filled } from './fill-from-environment.ts';
import { valueAt } from './show-value.ts';

/** Settings that are of no use without others. */
const TOGETHER: readonly (readonly [given: string, needed: readonly string[]])[] = [
  ['ishare.id', ['ishare.privateKey', 'ishare.certificates', 'ishare.roots']],
  ['ishare.privateKey', ['ishare.id']],
  ['ishare.certificates', ['ishare.id']],
  ['ishare.roots', ['ishare.id']],
  ['ishare.register.url', ['ishare.id', 'ishare.register.id']],
  ['ishare.register.id', ['ishare.register.url']],
  ['oidc.issuer', ['oidc.audience']],
  ['oidc.audience', ['oidc.issuer']],
  ['oidc.jwks', ['oidc.issuer']],
  ['previousSecret', ['secret']],
];

/** What is wrong among the settings of `security`, each right by itself. */
export function securityFindings(tree: unknown): Finding[] {
  const isSet = (key: string) => !isNothing(settingAt(tree, key));
  const missing = TOGETHER.flatMap(([given, needed]) => {
    const absent = isSet(given) ? needed.filter((key) => !isSet(key)) : [];
    return absent.map((key) => ({
      path: pathOf(key),
      message: `expected a value, since security.${given} is set, got nothing`,
    }));
  });
  return [...missing, ...equalSecrets(tree)];
}

/** A secret that stays what it was is not rotated. */
function equalSecrets(tree: unknown): Finding[] {
  const [current, previous] = ['secret', 'previousSecret'].map((key) => textOf(settingAt(tree, key)));
  if (current === undefined || current !== previous) return [];
  return [{ path: pathOf('previousSecret'), message: 'expected another secret than security.secret, got the same' }];
}

function settingAt(tree: unknown, key: string): unknown {
  return valueAt(tree, pathOf(key));
}

function pathOf(key: string): string[] {
  return ['security', ...key.split('.')];
}

function textOf(value: unknown): string | undefined {
  if (value instanceof Filled) return value.text;
  return typeof value === 'string' ? value : undefined;
}
