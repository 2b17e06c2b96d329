import * as fc from 'fast-check';
import { createSubscriptionMatcher, patternProblem } from './subscription-matcher.ts';

function matches(pattern: string, type: string): boolean {
  return createSubscriptionMatcher([['node', [pattern]]]).match(type).length === 1;
}

test.each([
  ['container.gate-in', 'container.gate-in', true],
  ['container.gate-in', 'container.gate-out', false],
  ['container.*', 'container.gate-in', true],
  ['container.*', 'container', false],
  ['container.*', 'container.gate-in.v1', false],
  ['*.gate-in', 'container.gate-in', true],
  ['*', 'event', true],
  ['container.>', 'container.gate-in.v1', true],
  ['container.>', 'container', false],
  ['>', 'event', true],
  ['a.*.c.>', 'a.b.c.d.e', true],
  ['a.*.c.>', 'a.b.c', false],
])('%s matches %s: %s', (pattern, type, expected) => {
  expect(matches(pattern, type)).toBe(expected);
});

const segment = fc.constantFrom('a', 'b', 'c');
const type = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('.'));
const pattern = fc
  .tuple(fc.array(fc.oneof(segment, fc.constant('*')), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([segments, rest]) => [...segments, ...(rest ? ['>'] : [])].join('.'));

/** The rule once more, as an expression. */
function asExpression(wanted: string): RegExp {
  return new RegExp(`^${wanted.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replace('>', '.+')}$`);
}

test('many subscribers at once: those that any of their patterns lets in, each once, in order', () => {
  const subscribers = fc.array(fc.array(pattern, { maxLength: 3 }), { maxLength: 20 });
  fc.assert(
    fc.property(subscribers, fc.array(type), (patterns, types) => {
      const matcher = createSubscriptionMatcher(patterns.map((wanted, i) => [i, wanted]));
      for (const one of types) {
        const expected = patterns.flatMap((wanted, i) =>
          wanted.some((each) => asExpression(each).test(one)) ? [i] : [],
        );
        expect(matcher.match(one)).toEqual(expected);
        expect(matcher.match(one)).toEqual(expected);
      }
    }),
  );
});

test('a type that looks like a pattern is a type', () => {
  expect(matches('a.b', 'a.*')).toBe(false);
  expect(matches('a.*', 'a.>')).toBe(true);
});

test.each([
  ['container.gate-in', null],
  ['*.gate-in.>', null],
  ['>', null],
  ['', 'expected segments between dots, got an empty one'],
  ['a..b', 'expected segments between dots, got an empty one'],
  ['a.>.b', 'expected > at the end only'],
  ['gate-*', 'expected * or > to be a whole segment, got gate-*'],
])('%j as a pattern: %s', (value, problem) => {
  expect(patternProblem(value)).toBe(problem);
});
