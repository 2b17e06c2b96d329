import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { startSystem, type TestSystem } from '../system/index.ts';

// How the ingress serves the console that `npm run build` made.

const folder = join(import.meta.dirname, '../../dist/console');

let postgres: TestPostgres;
let system: TestSystem;
beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: await postgres.createDatabase(), queueUrl: 'database' }, { workers: 0 });
});
afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(system.url + path, { headers, redirect: 'manual' });

test('the first load is under 300 kB compressed', () => {
  const files = ['index.html', ...readdirSync(join(folder, 'assets')).map((name) => `assets/${name}`)];
  const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(300_000);
});

test('nothing stands in the page itself: every script and style is a file of its own', () => {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=/);
});

test.each([
  '/',
  '/nodes',
  '/nodes/customs',
  '/messages/018f0000-0000-7000-8000-000000000000',
  '/frozen',
  '/log',
  '/users',
  '/register',
  '/sign-in',
])('GET %s is the page, under a policy that lets nothing else run', async (path) => {
  const response = await get(path);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('<div id="root">');
  expect(response.headers.get('cache-control')).toBe('no-cache');
  expect(response.headers.get('content-security-policy')).toBe(
    "default-src 'none';script-src 'self';style-src 'self';connect-src 'self';img-src 'self' data:;form-action 'self';base-uri 'none';frame-ancestors 'none'",
  );
});

test.each([
  '/api/v1/nothing',
  '/api/nothing',
  '/nodesandmore',
  '/assets/../index.html',
  '/assets/nothing.js',
  '/index.html',
  '/nothing',
])('GET %s is not the page', async (path) => {
  const response = await get(path, { accept: 'text/html' });
  expect([401, 404]).toContain(response.status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
});

test('files whose names change with their content are kept for ever, compressed as the browser likes', async () => {
  const [script] = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'));
  const path = `/assets/${script ?? ''}`;
  const plain = await get(path, { 'accept-encoding': 'identity' });
  expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(plain.headers.get('content-encoding')).toBeNull();
  const text = await plain.text();
  for (const encoding of ['gzip', 'br']) {
    const compressed = await get(path, { 'accept-encoding': encoding });
    expect(compressed.headers.get('content-encoding')).toBe(encoding);
    expect(compressed.headers.get('vary')).toBe('accept-encoding');
    expect(await compressed.text()).toBe(text);
  }
});

test('a page that the browser has is not sent again', async () => {
  const first = await get('/');
  const again = await get('/', { 'if-none-match': first.headers.get('etag') ?? '' });
  expect([again.status, await again.text()]).toEqual([304, '']);
});
