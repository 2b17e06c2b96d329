import { callsOf, countsFor } from './counters.ts';

test('all calls of Redis count but those that ask how many there were', () => {
  const stats =
    '# Commandstats\r\ncmdstat_evalsha:calls=3,usec=90\r\ncmdstat_info:calls=2,usec=9\r\ncmdstat_client|setname:calls=4,usec=1\r\n';
  expect(callsOf(stats)).toBe(7);
});

test('what was done is told for each delivery', () => {
  const before = { statements: 10, queueOperations: 0, wal: 1_000, transactions: 5 };
  const after = { statements: 30, queueOperations: 40, wal: 9_000, transactions: 5 };
  expect(countsFor(before, after, 20)).toEqual({ statements: 1, queueOperations: 2, wal: 400, transactions: 0 });
});
