import { readOptions } from './options.ts';

const scenarios = ['intake-single', 'drain-20'];
const read = (args: string[], redisAvailable = true) => readOptions(args, { scenarios, redisAvailable });

test('without options everything is measured three times, on every back end there is', () => {
  expect(read([])).toEqual({ queues: ['redis', 'database'], runs: 3, only: scenarios, quick: false, held: 1_000_000 });
  expect(read([], false).queues).toEqual(['database']);
});

test('a quick look is one run', () => {
  expect(read(['--quick'])).toMatchObject({ quick: true, runs: 1 });
  expect(read(['--quick', '--runs', '2'])).toMatchObject({ runs: 2 });
});

test('scenarios and back ends can be chosen', () => {
  expect(read(['--only', 'drain-20', '--queue', 'redis'])).toMatchObject({ only: ['drain-20'], queues: ['redis'] });
});

test.each([
  [['--only', 'drain-21'], '--only: expected some of intake-single, drain-20, got drain-21'],
  [['--runs', '0'], '--runs: expected a whole number from 1 to 100, got 0'],
  [['--held', '1.5'], '--held: expected a whole number from 1 to 100000000, got 1.5'],
  [['--queue', 'kafka'], '--queue: expected database, redis or both, got kafka'],
])('%j is refused with what was expected', (args, message) => {
  expect(() => read(args)).toThrow(message);
});

test('Redis is not measured where there is none', () => {
  expect(() => read(['--queue', 'both'], false)).toThrow('no redis-server on the PATH');
});
