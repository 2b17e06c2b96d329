import { createSystemLookUp, type NameSources } from './look-up.ts';

/** Name servers that know these names, and answer any other question that there is no such name. */
function sourcesWith(
  records: Readonly<Record<string, readonly string[] | string>>,
  files: { hosts?: string; resolvConf?: string } = {},
): NameSources & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve(name, family) {
      const question = `${name}/${family}`;
      asked.push(question);
      const answer = records[question] ?? 'ENOTFOUND';
      if (answer === 'never') return new Promise(() => {});
      if (typeof answer !== 'string') return Promise.resolve(answer);
      return Promise.reject(Object.assign(new Error(`query ${answer}`), { code: answer }));
    },
    readHosts: () => Promise.resolve(files.hosts ?? ''),
    readResolvConf: () => Promise.resolve(files.resolvConf ?? ''),
  };
}

test('the hosts file comes first, and no name server is asked', async () => {
  const sources = sourcesWith({ 'receiver/4': ['8.8.8.8'] }, { hosts: '10.0.0.7 receiver' });
  expect(await createSystemLookUp(sources)('Receiver')).toEqual(['10.0.0.7']);
  expect(sources.asked).toEqual([]);
});

test.each(['localhost', 'LOCALHOST', 'localhost.', 'a.b.localhost'])('%s is loopback without asking', async (name) => {
  const sources = sourcesWith({});
  expect(await createSystemLookUp(sources)(name)).toEqual(['127.0.0.1', '::1']);
  expect(sources.asked).toEqual([]);
});

test('both families are asked for, IPv4 coming first', async () => {
  const sources = sourcesWith({ 'node.example/4': ['8.8.8.8', '8.8.4.4'], 'node.example/6': ['2606::1'] });
  expect(await createSystemLookUp(sources)('node.example')).toEqual(['8.8.8.8', '8.8.4.4', '2606::1']);
});

test('one family is enough, whatever becomes of the other', async () => {
  const lookUp = createSystemLookUp(
    sourcesWith({
      'a.example/4': ['8.8.8.8'],
      'a.example/6': 'ESERVFAIL',
      'b.example/4': 'ENODATA',
      'b.example/6': ['2606::1'],
      'c.example/4': ['8.8.8.8'],
      'c.example/6': 'never',
    }),
  );
  expect(await lookUp('a.example')).toEqual(['8.8.8.8']);
  expect(await lookUp('b.example')).toEqual(['2606::1']);
  expect(await lookUp('c.example')).toEqual(['8.8.8.8']);
});

test('without an address the failure that says more is reported', async () => {
  const lookUp = createSystemLookUp(
    sourcesWith({
      'a.example/4': 'ENODATA',
      'a.example/6': 'ESERVFAIL',
      'b.example/4': 'ETIMEOUT',
      'b.example/6': 'ENODATA',
    }),
  );
  await expect(lookUp('a.example')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  await expect(lookUp('b.example')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  await expect(lookUp('c.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test('a short name is looked for in the search list, as resolv.conf has it', async () => {
  const files = { resolvConf: 'search a.example b.example' };
  const sources = sourcesWith({ 'receiver.b.example/4': ['10.0.0.7'] }, files);
  expect(await createSystemLookUp(sources)('receiver')).toEqual(['10.0.0.7']);
});

test("a server's failure ends the search: the next domain could be another host", async () => {
  const files = { resolvConf: 'search a.example b.example' };
  const records = { 'receiver.a.example/4': 'ESERVFAIL', 'receiver.b.example/4': ['10.0.0.7'] };
  await expect(createSystemLookUp(sourcesWith(records, files))('receiver')).rejects.toMatchObject({
    code: 'ESERVFAIL',
  });
});

test("this machine's own localhost is found", async () => {
  expect(await createSystemLookUp()('localhost')).toContain('127.0.0.1');
});
