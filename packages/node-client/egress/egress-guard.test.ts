import * as fc from 'fast-check';
import { createEgressGuard, isAllowEntry } from './egress-guard.ts';

const closed = createEgressGuard([]);

/** One address out of each row of the IANA special-purpose tables, and their edges, in the spellings that sockets and URLs know. */
const SPECIAL = [
  '0.0.0.0',
  '0.255.255.255',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.0.170',
  '192.0.2.1',
  '192.31.196.1',
  '192.52.193.1',
  '192.88.99.1',
  '192.168.0.1',
  '192.168.255.255',
  '192.175.48.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::7f00:1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:10.0.0.1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::a00:1',
  '100::1',
  '100:0:0:1::1',
  '2001::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:2::1',
  '2001:20::1',
  '2001:1ff:ffff::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '2620:4f:8000::1',
  '3fff::1',
  '3fff:fff::1',
  '4000::1',
  '5f00::1',
  'fc00::1',
  'fd00:ec2::254',
  'fdff:ffff::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '1::1',
];

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.1',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '2001:200::1',
  '2001:4860:4860::8888',
  '2606:4700:4700::1111',
  '2a00:1450::1',
  '3ffe::1',
];

const METADATA = ['169.254.169.254', 'fd00:ec2::254', '169.254.170.2', '100.100.100.200', '192.0.0.192'];

test.each(SPECIAL)('%s is refused by default', (address) => {
  expect(closed.refusal('node.example', address)).toMatch(/is not a public address|is a metadata address/);
});

test.each(PUBLIC)('%s is public and allowed', (address) => {
  expect(closed.refusal('node.example', address)).toBeNull();
});

test('what is no address is refused', () => {
  expect(closed.refusal('node.example', '')).toBe(' is not an address');
  expect(closed.refusal('node.example', '127.1')).toBe('127.1 is not an address');
});

test('a refusal says what the address is', () => {
  expect(closed.refusal('node.example', '10.1.2.3')).toBe('10.1.2.3 is not a public address (private)');
  expect(closed.refusal('node.example', '::ffff:127.0.0.1')).toBe('127.0.0.1 is not a public address (loopback)');
});

test('a range opens its addresses, also when they come as IPv4-mapped, and no others', () => {
  const guard = createEgressGuard(['10.1.0.0/16', 'fd12::/16']);
  expect(guard.refusal('h', '10.1.2.3')).toBeNull();
  expect(guard.refusal('h', '::ffff:10.1.2.3')).toBeNull();
  expect(guard.refusal('h', 'fd12::1')).toBeNull();
  expect(guard.refusal('h', '10.2.0.1')).not.toBeNull();
  expect(guard.refusal('h', '::10.1.2.3')).not.toBeNull();
  expect(guard.refusal('h', 'fd13::1')).not.toBeNull();
});

test('a host name opens what it resolves to, for itself only', () => {
  const guard = createEgressGuard(['Receiver.Internal']);
  expect(guard.refusal('receiver.internal', '10.0.0.1')).toBeNull();
  expect(guard.refusal('receiver.internal.', 'fe80::1')).toBeNull();
  expect(guard.refusal('a.receiver.internal', '10.0.0.1')).not.toBeNull();
  expect(guard.refusal('other.internal', '10.0.0.1')).not.toBeNull();
});

test.each(METADATA)('the metadata address %s is opened by its own literal only', (address) => {
  const everything = [
    '0.0.0.0/0',
    '::/0',
    '169.254.0.0/16',
    '169.254.169.254/31',
    'fd00:ec2::/32',
    'metadata.internal',
  ];
  expect(createEgressGuard(everything).refusal('metadata.internal', address)).toBe(`${address} is a metadata address`);
  expect(createEgressGuard([address]).refusal('metadata.internal', address)).toBeNull();
  const width = address.includes(':') ? 128 : 32;
  expect(createEgressGuard([`${address}/${width}`]).refusal(address, address)).toBeNull();
});

test.each(['::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1', '::a9fe:a9fe', 'fd00:0ec2:0::254'])(
  'the metadata address behind %s is not opened by a range',
  (address) => {
    expect(createEgressGuard(['0.0.0.0/0', '::/0']).refusal('h', address)).toMatch(/is a metadata address/);
  },
);

test('with everything allowed, everything but metadata addresses is', () => {
  const guard = createEgressGuard(['0.0.0.0/0', '::/0']);
  const special = SPECIAL.filter((address) => !METADATA.includes(address));
  expect(special.filter((address) => guard.refusal('h', address) !== null)).toEqual([]);
});

test.each([
  '',
  '10.0.0.0/33',
  'fd00::/129',
  '10.0.0/8',
  '::ffff:10.0.0.0/8',
  'http://a.example',
  'a.example:80',
  'a b',
  'a/8',
  '*.a',
])('the entry %j is not an entry of delivery.network.allow', (entry) => {
  expect(isAllowEntry(entry)).toBe(false);
  expect(() => createEgressGuard([entry])).toThrow(`expected a host name, an address or a CIDR range, got "${entry}"`);
});

test.each([
  '10.0.0.0/8',
  '10.1.2.3',
  'fd00::/8',
  '[::1]',
  '::ffff:10.0.0.0/104',
  'localhost',
  'a_b.example',
  'bücher.example',
])('the entry %j is one', (entry) => {
  expect(isAllowEntry(entry)).toBe(true);
});

test('an IPv4 address is refused in every spelling or in none', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
      const hex = `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
      const plain = closed.refusal('h', address);
      expect(closed.refusal('h', `::ffff:${address}`)).toBe(plain);
      expect(closed.refusal('h', hex)).toBe(plain);
    }),
  );
});

test('nothing in IPv6 outside 2000::/3 is public but IPv4-mapped addresses', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const isPublic = closed.refusal('h', address) === null;
      const canonical = new URL(`http://[${address}]`).hostname;
      if (isPublic) expect(canonical).toMatch(/^\[([23]|::ffff:)/);
    }),
  );
});
