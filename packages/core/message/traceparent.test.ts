import { readTraceparent } from './traceparent.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test.each([
  undefined,
  '',
  [PARENT],
  `${PARENT}-more`,
  PARENT.toUpperCase(),
  PARENT.replace('00-', 'ff-'),
  `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
])('the header %j means nothing', (header) => {
  expect(readTraceparent(header)).toBeUndefined();
});

test('a header as the standard has it is taken', () => {
  expect(readTraceparent(PARENT)).toBe(PARENT);
});
