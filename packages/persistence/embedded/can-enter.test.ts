import { mayPass } from './can-enter.ts';

const user = { uid: 101, gid: 104 };

test.each([
  ['its own folder', { mode: 0o700, uid: 101, gid: 0 }, true],
  ['its own folder that it closed to itself', { mode: 0o077, uid: 101, gid: 104 }, false],
  ['a folder open to its group', { mode: 0o710, uid: 0, gid: 104 }, true],
  ['a folder closed to its group, though open to others', { mode: 0o701, uid: 0, gid: 104 }, false],
  ["another's open folder", { mode: 0o755, uid: 0, gid: 0 }, true],
  ["another's closed folder, such as /root", { mode: 0o700, uid: 0, gid: 0 }, false],
  ["another's folder that it may list but not pass", { mode: 0o744, uid: 0, gid: 0 }, false],
])('whether a user may pass through %s', (_, folder, expected) => {
  expect(mayPass(folder, user)).toBe(expected);
});
