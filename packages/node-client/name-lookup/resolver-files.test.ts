import { candidatesFor, parseHosts, parseSearchRules } from './resolver-files.ts';

test('a hosts file is read with comments, aliases, several addresses of a name, and lines that are none', () => {
  const hosts = parseHosts(
    [
      '# a comment',
      '127.0.0.1\tlocalhost',
      '::1 localhost ip6-localhost',
      '10.0.0.7  Receiver alias # theirs',
      'nonsense here',
      '',
    ].join('\n'),
  );
  expect(Object.fromEntries(hosts)).toEqual({
    localhost: ['127.0.0.1', '::1'],
    'ip6-localhost': ['::1'],
    receiver: ['10.0.0.7'],
    alias: ['10.0.0.7'],
  });
});

test('the search list of a Kubernetes pod', () => {
  const rules = parseSearchRules(
    'search shop.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
  );
  expect(rules).toEqual({ domains: ['shop.svc.cluster.local', 'svc.cluster.local'], ndots: 5 });
  expect(candidatesFor('receiver.shop', rules)).toEqual([
    'receiver.shop.shop.svc.cluster.local',
    'receiver.shop.svc.cluster.local',
    'receiver.shop',
  ]);
});

test('the last search list counts, comments and a lone dot do not', () => {
  expect(parseSearchRules('; search x\ndomain a.example\nsearch b.example . # c\noptions rotate timeout:1')).toEqual({
    domains: ['b.example'],
    ndots: 1,
  });
  expect(parseSearchRules('')).toEqual({ domains: [], ndots: 1 });
});

test('a name with enough dots is tried as it is first, and one that ends in a dot only so', () => {
  const rules = { domains: ['a.example.'], ndots: 1 };
  expect(candidatesFor('node.example', rules)).toEqual(['node.example', 'node.example.a.example']);
  expect(candidatesFor('node', rules)).toEqual(['node.a.example', 'node']);
  expect(candidatesFor('node.example.', rules)).toEqual(['node.example.']);
});
