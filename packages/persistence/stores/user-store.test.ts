import { startTestPostgres, type TestPostgres } from '#testkit';
import { ACTOR, firstPage, openStores, type StoresUnderTest } from './stores-under-test.ts';

let postgres: TestPostgres;
let stores: StoresUnderTest;
beforeAll(async () => {
  postgres = await startTestPostgres();
  stores = await openStores(postgres.url);
});
beforeEach(() => stores.clear());
afterAll(async () => {
  await stores.close();
  await postgres.stop();
});

const administrator = { password: 'correct horse', role: 'admin' } as const;

test('the first administrator gets the password that is configured, or one that is told once', async () => {
  const { users } = stores;
  expect(await users.ensureFirstAdministrator({ username: 'admin', password: 'configured' })).toBeNull();
  expect(await users.verify('admin', 'configured')).toMatchObject({ username: 'admin', role: 'admin' });
  await stores.clear();
  const made = await users.ensureFirstAdministrator({ username: 'admin' });
  expect(made).toMatch(/^[\w-]{24}$/);
  expect(await users.verify('admin', made ?? '')).toMatchObject({ role: 'admin' });
  expect(await users.ensureFirstAdministrator({ username: 'admin' })).toBeNull();
});

test('where there is any user, no first administrator is made', async () => {
  await stores.users.create({ username: 'ann', password: 'correct horse', role: 'viewer' }, ACTOR);
  expect(await stores.users.ensureFirstAdministrator({ username: 'admin' })).toBeNull();
  expect((await stores.users.list(firstPage)).items.map(({ username }) => username)).toEqual(['ann']);
});

test('of processes that start side by side one makes the first administrator, and knows the password', async () => {
  const names = Array.from({ length: 6 }, (_, i) => `admin-${i % 2}`);
  const made = await Promise.all(names.map((username) => stores.users.ensureFirstAdministrator({ username })));
  const passwords = made.flatMap((password, i) => (password === null ? [] : [{ password, username: names[i] ?? '' }]));
  expect(passwords).toHaveLength(1);
  const [first] = passwords;
  expect(await stores.users.verify(first?.username ?? '', first?.password ?? '')).toMatchObject({ role: 'admin' });
  expect((await stores.users.list(firstPage)).items).toHaveLength(1);
});

test('administrators who remove or demote each other at once leave one', async () => {
  const { users } = stores;
  const made = await Promise.all(
    ['ann', 'bob', 'cid'].map((username) => users.create({ ...administrator, username }, ACTOR)),
  );
  const ids = made.map((user) => ('id' in user ? user.id : ''));
  const outcomes = await Promise.all(
    ids.map((id, i) => (i === 0 ? users.patch(id, { role: 'viewer' }, ACTOR) : users.remove(id, ACTOR))),
  );
  expect(outcomes.filter((outcome) => JSON.stringify(outcome).includes('last-administrator'))).toHaveLength(1);
  const left = (await users.list(firstPage)).items.filter(({ role }) => role === 'admin');
  expect(left).toHaveLength(1);
});

test('a password is stored as an argon2id hash, salted', async () => {
  for (const username of ['ann', 'bob']) await stores.users.create({ ...administrator, username }, ACTOR);
  const { rows } = await stores.database.pool.query<{ password_hash: string }>('SELECT password_hash FROM "user"');
  for (const { password_hash } of rows) expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(rows[0]?.password_hash).not.toBe(rows[1]?.password_hash);
});

test('neither the log nor a view has a password', async () => {
  const created = await stores.users.create({ ...administrator, username: 'ann' }, ACTOR);
  await stores.users.patch('id' in created ? created.id : '', { password: 'canary password' }, ACTOR);
  const log = await stores.log.list({}, firstPage);
  const shown = JSON.stringify([created, log, await stores.users.list(firstPage)]);
  expect(shown).not.toMatch(/canary|correct horse|argon2/);
});
