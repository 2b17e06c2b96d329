import { createEgressGuard } from './egress-guard.ts';
import { checkNodeUrl } from './node-url.ts';

const closed = createEgressGuard([]);

test.each([
  'https://node.example',
  'http://node.example:8080/a/b?c=d',
  'https://8.8.8.8/inbox',
  'https://[2606:4700:4700::1111]/',
  'https://bücher.example/',
])('%s can be registered', (url) => {
  expect(checkNodeUrl(url, closed)).toBeNull();
});

test.each([
  ['node.example', 'expected an absolute URL such as https://node.example/inbox'],
  ['', 'expected an absolute URL such as https://node.example/inbox'],
  ['http://', 'expected an absolute URL such as https://node.example/inbox'],
  ['ftp://node.example/', 'expected http or https, got ftp'],
  ['file:///etc/passwd', 'expected http or https, got file'],
  ['https://user@node.example/', 'expected no user name or password in the URL: use the node\'s "auth"'],
  ['https://user:secret@node.example/', 'expected no user name or password in the URL: use the node\'s "auth"'],
  ['https://node.example/#top', 'expected no fragment (#...) in the URL'],
  ['https://node.example/#', 'expected no fragment (#...) in the URL'],
])('%j can not: %s', (url, problem) => {
  expect(checkNodeUrl(url, closed)).toBe(problem);
});

test.each([
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '0x7f000001',
  '2130706433',
  '017700000001',
  '0177.0.0.1',
  '127。0。0。1',
  '１２７.０.０.１',
  '127.0.0.1.',
  '①②⑦.⓪.⓪.①',
  '%31%32%37.0.0.1',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  '0',
  '0.0.0.0',
  '10.0.0.1',
  '169.254.169.254',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:0001]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fd00:ec2::254]',
])('http://%s/ is refused unless it is allowed', (host) => {
  expect(checkNodeUrl(`http://${host}/`, closed)).toMatch(
    /(is not a public address \(.+\)|is a metadata address): it would have to be in delivery\.network\.allow$/,
  );
});

test('an allowed literal can be registered in any spelling', () => {
  const guard = createEgressGuard(['127.0.0.0/8']);
  for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost']) {
    expect(checkNodeUrl(`http://${host}/`, guard)).toBeNull();
  }
  expect(checkNodeUrl('http://localhost/', createEgressGuard(['localhost']))).toBeNull();
  expect(checkNodeUrl('http://10.0.0.1/', guard)).not.toBeNull();
});
