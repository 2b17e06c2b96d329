import type { Page } from 'playwright-core';
import { verifyDelivery } from '#client';
import { describeInBrowser } from './in-browser.ts';
import { PASSWORD, startNight, type Night } from './night.ts';
import { signIn } from './sign-in.ts';

describeInBrowser('registering a node', ({ open }) => {
  let night: Night;
  beforeAll(async () => {
    night = await startNight(1);
    await night.addUser('operator');
    await night.addUser('viewer');
  }, 120_000);
  afterAll(() => night.end());

  async function openAs(username: string, path: string, options: Parameters<typeof open>[0] = {}) {
    const opened = await open(options);
    await signIn(opened.page, night.system.url, username, PASSWORD);
    await opened.page.goto(night.system.url + path);
    return opened;
  }

  async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
  }

  test('a node is registered, its secret and key are shown once and work', async () => {
    const { page, complaints } = await openAs('admin', '/nodes', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('link', { name: 'Register a node' }).click();
    await fill(page, {
      Id: 'inspection',
      Name: 'Inspection',
      Address: night.terminal.server.url,
      Subscriptions: 'inspection.*\nseal.>',
    });
    await page.getByLabel('Order', { exact: true }).selectOption('fifo');
    await page.getByText('Delivery, where it differs').click();
    await fill(page, { 'Frozen after': '3', 'First retry after': '60' });
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    const shown = page.getByRole('region', { name: 'Registered' });
    await shown.getByText('Inspection is registered.').waitFor();
    const [secret = '', key = ''] = await shown.locator('code').allTextContents();
    await shown.getByRole('button', { name: 'Copy the key' }).click();
    await shown.getByText('copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(key);
    expect((await night.system.call('GET', '/api/v1/nodes/inspection')).body).toMatchObject({
      name: 'Inspection',
      protocol: 'webhook',
      ordering: 'fifo',
      subscriptions: ['inspection.*', 'seal.>'],
      policy: { retry: { delay: { fixed: 60 }, max: 3 } },
    });
    night.terminal.server.clear();
    const message = { type: 'inspection.done', payload: { seal: 1 } };
    const sent = await night.system.call('POST', '/api/v1/messages', { key, body: message });
    await night.system.until((sent.body as { id: string }).id, 'inspection', ({ state }) => state === 'delivered');
    const [delivery] = night.terminal.server.requests;
    if (delivery === undefined) throw new Error('nothing came');
    expect(await verifyDelivery({ headers: delivery.headers, body: delivery.body, secrets: [secret] })).toMatchObject({
      ok: true,
    });
    await page.reload();
    await page.getByLabel('Id', { exact: true }).waitFor();
    expect(await page.content()).not.toContain(key);
    expect(complaints).toEqual([]);
  });

  test('what is wrong stands beside its field, and what was typed stays', async () => {
    const { page } = await openAs('admin', '/register');
    await fill(page, { Id: 'not an id', Address: 'ftp://x', DID: 'nonsense', Subscriptions: 'a..b' });
    await page.getByText('How we say who we are').click();
    await page.getByLabel('We say who we are').selectOption('basic');
    await fill(page, { 'User name there': 'us' });
    const register = page.getByRole('button', { name: 'Register', exact: true });
    await register.click();
    await mistakeBeside(page, 'Id', 'letters, digits');
    await fill(page, { Id: 'wrong' });
    await register.click();
    await mistakeBeside(page, 'DID', 'did:web:');
    await mistakeBeside(page, 'Subscriptions', 'an empty one');
    await mistakeBeside(page, 'Password there', 'expected');
    await fill(page, { DID: '', Subscriptions: '', 'Password there': 'pw' });
    await register.click();
    await mistakeBeside(page, 'Address', 'http');
    expect(await page.getByLabel('User name there').inputValue()).toBe('us');
    expect((await night.system.call('GET', '/api/v1/nodes/wrong')).status).toBe(404);
  });

  test('registering replaces nobody', async () => {
    const { page } = await openAs('admin', '/register');
    await fill(page, { Id: 'terminal', Address: 'https://elsewhere.example' });
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    await mistakeBeside(page, 'Id', 'already');
    expect((await night.system.call('GET', '/api/v1/nodes/terminal')).body).toMatchObject({
      url: night.terminal.server.url,
    });
  });

  test('an operator registers one without secret and key; a viewer none', async () => {
    const { page } = await openAs('operator', '/register');
    await page.getByText('An administrator can give it a secret and keys afterwards.').waitFor();
    await fill(page, { Id: 'plain', Address: night.terminal.server.url });
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    await page.getByText('plain is registered.').waitFor();
    expect((await night.system.call('GET', '/api/v1/nodes/plain/keys')).body).toMatchObject({ items: [] });
    const viewer = await openAs('viewer', '/nodes');
    await viewer.page.getByRole('link', { name: 'plain' }).waitFor();
    expect(await viewer.page.getByRole('link', { name: 'Register a node' }).count()).toBe(0);
    await viewer.page.goto(`${night.system.url}/register`);
    await viewer.page.getByRole('heading', { name: 'No such page' }).waitFor();
  });

  test('a key is withdrawn after asking, and sends no more', async () => {
    const made = await night.system.call('POST', '/api/v1/nodes/terminal/keys', { body: { name: 'old gateway' } });
    const { key } = made.body as { key: string };
    const { page } = await openAs('admin', '/nodes/terminal');
    await page.getByRole('button', { name: 'Withdraw key old gateway' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    expect((await night.system.call('GET', '/api/v1/messages', { key })).status).toBe(200);
    await page.getByRole('button', { name: 'Withdraw key old gateway' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('cell', { name: 'old gateway', exact: true }).waitFor({ state: 'detached' });
    const keys = await night.system.call('GET', '/api/v1/nodes/terminal/keys');
    expect(JSON.stringify(keys.body)).not.toContain('old gateway');
  });

  test('who is sent to sign in from the queues is back there afterwards, and nowhere else’s', async () => {
    const { page } = await open();
    await page.goto(`${night.system.url}/queues`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(new URL(page.url()).searchParams.get('next')).toBe('/queues');
    await fill(page, { 'User name': 'operator', Password: PASSWORD });
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname.startsWith('/queues'));
    const elsewhere = await open();
    await elsewhere.page.goto(`${night.system.url}/sign-in?next=${encodeURIComponent('https://evil.example/')}`);
    await fill(elsewhere.page, { 'User name': 'operator', Password: PASSWORD });
    await elsewhere.page.keyboard.press('Enter');
    await elsewhere.page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(new URL(elsewhere.page.url()).origin).toBe(new URL(night.system.url).origin);
  });
});

/** Told to who sees it and to who hears it. */
async function mistakeBeside(page: Page, label: string, words: string): Promise<void> {
  const input = page.getByLabel(label, { exact: true });
  await page.locator('.field').filter({ has: input }).locator('.mistake').filter({ hasText: words }).waitFor();
  expect(await input.getAttribute('aria-invalid')).toBe('true');
}
