import { mergePolicy } from './merge-policy.ts';

const policy = { batch: 5, retry: { delay: { fixed: 1, progressive: 2 }, max: 3 } };

test('what a change does not name stays, at every depth', () => {
  expect(mergePolicy(policy, {})).toEqual(policy);
  expect(mergePolicy(policy, { timeout: 9, retry: { delay: { fixed: 7 } } })).toEqual({
    batch: 5,
    timeout: 9,
    retry: { delay: { fixed: 7, progressive: 2 }, max: 3 },
  });
});

test('null removes an override, or a whole group of them', () => {
  expect(mergePolicy(policy, { batch: null, retry: { delay: null } })).toEqual({ retry: { max: 3 } });
  expect(mergePolicy(policy, { retry: null })).toEqual({ batch: 5 });
});

test('a group that was not there is made, and null in it leaves nothing behind', () => {
  expect(mergePolicy({}, { retry: { delay: { fixed: 7, progressive: null } } })).toEqual({
    retry: { delay: { fixed: 7 } },
  });
});

test('the policy changed is left as it was', () => {
  const before = structuredClone(policy);
  mergePolicy(policy, { batch: 1, retry: { max: null } });
  expect(policy).toEqual(before);
});
