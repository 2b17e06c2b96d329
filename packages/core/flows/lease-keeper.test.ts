import type { Lease } from './lane-store.ts';
import { createLeaseKeeper } from './lease-keeper.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const leaseOf = (nodeId: string): Lease => ({ nodeId, token: nodeId, coveredUntil: 20 });

test('a lease that could not be renewed has run out at its end and not before', async () => {
  const clock = { now: 0 };
  const expired: string[] = [];
  const keeper = createLeaseKeeper({ renew: () => Promise.reject(new Error('away')) }, silent, {
    now: () => clock.now,
    onExpired: ({ nodeId }) => expired.push(nodeId),
  });
  keeper.add(leaseOf('a'));
  clock.now = 19;
  await keeper.renew();
  expect(expired).toEqual([]);
  clock.now = 20;
  await keeper.renew();
  expect(expired).toEqual(['a']);
});

test('a lease that somebody else has is told of, one that was renewed or given back is not', async () => {
  const expired: string[] = [];
  const [renewed, lost, returned] = [leaseOf('renewed'), leaseOf('lost'), leaseOf('returned')];
  const keeper = createLeaseKeeper(
    {
      renew() {
        keeper.delete(returned);
        returned.coveredUntil = 0;
        lost.coveredUntil = 0;
        renewed.coveredUntil = 40;
        return Promise.resolve();
      },
    },
    silent,
    { now: () => 20, onExpired: ({ nodeId }) => expired.push(nodeId) },
  );
  for (const lease of [renewed, lost, returned]) keeper.add(lease);
  await keeper.renew();
  expect(expired).toEqual(['lost']);
});
