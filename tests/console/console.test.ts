import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { describeInBrowser } from './in-browser.ts';
import { PASSWORD, startNight, type Night } from './night.ts';
import { signIn } from './sign-in.ts';

const FROZEN = 500;

describeInBrowser('the operator’s night', ({ open }) => {
  let night: Night;
  beforeAll(async () => {
    night = await startNight(FROZEN);
    await night.addUser('operator');
    await night.addUser('viewer');
  }, 180_000);
  afterAll(() => night.end());

  async function openAs(username: string, path = '/') {
    const opened = await open();
    await signIn(opened.page, night.system.url, username, PASSWORD);
    if (path !== '/') await opened.page.goto(night.system.url + path);
    return opened;
  }

  test('a wrong password is told, and the right one leads in', async () => {
    const { page, complaints } = await open();
    await page.goto(night.system.url);
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill('not this one');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'the password is wrong' }).waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(complaints).toEqual([]);
  });

  test('signing out leads to the way in, and what was there is not read any more', async () => {
    const { page } = await openAs('viewer');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await statusOf(page, '/api/v1/stats')).toBe(401);
  });

  test('a session that has ended leads to the way in, and back to where one was', async () => {
    const { page, context } = await openAs('viewer', '/nodes');
    await page.getByRole('row').filter({ hasText: 'customs' }).waitFor();
    await context.clearCookies();
    await page.getByRole('link', { name: 'Messages' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.getByLabel('User name').fill('viewer');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Messages' }).waitFor();
  });

  test('the overview names the node that fails, worst first', async () => {
    const { page } = await openAs('viewer');
    const attention = page.getByRole('region', { name: 'What needs attention' });
    await attention.getByRole('link').filter({ hasText: 'customs' }).first().waitFor();
    expect(await attention.getByRole('link').first().textContent()).toMatch(/critical.*carrier fails/);
  });

  test('a stuck message is found by its id, and says why', async () => {
    const { page, complaints } = await openAs('viewer', '/messages');
    await page.getByLabel('Message id').fill(night.stuck);
    await page.keyboard.press('Enter');
    await page.getByText('gave up and will not be tried again unless you replay').waitFor();
    const matrix = page.getByRole('table', { name: 'Deliveries by node and state' });
    expect(await stateOf(matrix.getByRole('row').filter({ hasText: 'customs' }))).toBe('frozen');
    expect(await stateOf(matrix.getByRole('row').filter({ hasText: 'terminal' }))).toBe('delivered');
    expect(await stateOf(matrix.getByRole('row').filter({ hasText: 'carrier' }))).toBe('pending');
    await page.getByText(/The next attempt is made in \d/).waitFor();
    await page.getByText('What the node answered').nth(1).click();
    await page.getByText('declaration service is down').waitFor();
    await page.getByText('"seal": "NL-448812"').waitFor();
    expect(complaints).toEqual([]);
  });

  test('the node’s page says whose fault it is, since when, and what is stuck', async () => {
    const { page } = await openAs('viewer', '/nodes/customs');
    const diagnosis = page.getByRole('region', { name: 'How it stands' });
    await diagnosis.getByText('It is the node.').waitFor();
    expect(await diagnosis.textContent()).toMatch(
      /has failed since \d\d:\d\d.*503 unavailable.*500 deliveries are frozen/,
    );
  });

  test('healed, 500 frozen deliveries are counted, replayed and delivered, and the page follows', async () => {
    const { page, complaints } = await openAs('operator', '/frozen');
    const { page: atNode } = await openAs('viewer', '/nodes/customs');
    await atNode.getByText('It is the node.').waitFor();
    night.customs.server.answer({ status: 200 });
    night.customs.server.clear();
    await page.getByRole('button', { name: 'Select all' }).click();
    await page.getByRole('button', { name: 'Replay …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: `Replay ${FROZEN} deliveries` }).click();
    await dialog.getByText(`replayed: ${FROZEN} of ${FROZEN}`).waitFor({ timeout: 60_000 });
    await dialog.getByText(`delivered: ${FROZEN} of ${FROZEN}`).waitFor({ timeout: 60_000 });
    await dialog.getByText('Done.').waitFor();
    await dialog.getByText(`replayed: ${FROZEN} of ${FROZEN}`).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('Nothing is frozen.').waitFor();
    expect(await night.system.delivery(night.stuck, 'customs')).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(night.customs.server.requests).toHaveLength(FROZEN);
    await page.getByRole('link', { name: 'Nodes' }).click();
    await page.getByRole('row').filter({ hasText: 'customs' }).getByText('healthy').waitFor();
    await atNode.getByText('All is delivered').waitFor();
    expect(complaints).toEqual([]);
  }, 120_000);

  test('a node is paused and resumed, and its page says so', async () => {
    const { page } = await openAs('operator', '/nodes/terminal');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused on purpose.').waitFor();
    expect((await night.system.call('GET', '/api/v1/nodes/terminal')).body).toMatchObject({ paused: true });
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('All is delivered.').waitFor();
    expect((await night.system.call('GET', '/api/v1/nodes/terminal')).body).toMatchObject({ paused: false });
  });

  test('a ping tells what came back', async () => {
    const { page } = await openAs('operator', '/nodes/carrier');
    await page.getByRole('button', { name: 'Ping' }).click();
    await page.getByRole('status').filter({ hasText: '502 bad gateway' }).waitFor();
  });

  test('settings are saved, and only what was changed', async () => {
    const { page } = await openAs('operator', '/nodes/carrier');
    await page.getByLabel('Time for an attempt').fill('7.5');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect((await night.system.call('GET', '/api/v1/nodes/carrier')).body).toMatchObject({
      name: 'Carrier booking',
      policy: { timeout: 7.5, retry: { delay: { fixed: 180, progressive: 120 }, max: 6 } },
    });
    await page.getByLabel('Time for an attempt').fill('-1');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.mistake').waitFor();
  });

  test('what happens elsewhere is seen without asking', async () => {
    const { page } = await openAs('viewer', '/messages');
    await page.locator('.liveness.live').waitFor();
    const [id = ''] = await night.send(1, ['terminal'], { type: 'seen.without.asking' });
    await page.getByRole('link', { name: id }).waitFor();
  });

  test('a viewer sees no button that changes anything', async () => {
    const { page } = await openAs('viewer', '/nodes/customs');
    await page.getByRole('region', { name: 'How it stands' }).waitFor();
    for (const name of ['Pause', 'Ping', 'Save', 'Rotate the secret', 'Make a key']) {
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    }
    await page.goto(`${night.system.url}/messages/${night.stuck}`);
    await page.getByRole('table', { name: 'Deliveries by node and state' }).waitFor();
    expect(await page.getByRole('button', { name: /Replay|Cancel/ }).count()).toBe(0);
    await page.goto(`${night.system.url}/log`);
    await page.getByRole('heading', { name: 'Log', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /Purge/ }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Queues' }).count()).toBe(0);
  });

  test('an operator sees no users, keys and secrets; an administrator does', async () => {
    const { page } = await openAs('operator', '/nodes/customs');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    expect(await page.getByRole('button', { name: 'Rotate the secret' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0);
    await page.goto(`${night.system.url}/users`);
    await page.getByRole('heading', { name: 'No such page' }).waitFor();
    const administrator = await openAs('admin', '/nodes/customs');
    await administrator.page.getByRole('button', { name: 'Rotate the secret' }).waitFor();
    await administrator.page.getByRole('link', { name: 'Users' }).click();
    await administrator.page.getByRole('row').filter({ hasText: 'viewer' }).first().waitFor();
  });

  test('the payload is handed out as it came in, and never as a page', async () => {
    const payload = '<script>alert(1)</script>';
    const [id = ''] = await night.send(1, ['terminal'], {
      payload: undefined,
      payloadBase64: Buffer.from(payload).toString('base64'),
      contentType: 'text/html',
    });
    const { page } = await openAs('viewer');
    const response = await page.request.get(`${night.system.url}/api/v1/messages/${id}/payload`);
    expect(sha256(await response.body())).toBe(sha256(Buffer.from(payload)));
    expect(response.headers()).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${id}"`,
      'x-content-type-options': 'nosniff',
      'x-payload-content-type': 'text/html',
    });
  });

  test('what senders and nodes write is shown as text, and runs nowhere', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'`${alert(2)}\u202e</script><script>alert(3)</script>';
    const node = await night.system.node(
      { id: 'naughty', name: evil, policy: { retry: { max: 1 } } },
      { status: 500, headers: { 'content-type': 'text/html' }, body: evil },
    );
    const [id = ''] = await night.send(1, [node.id], { id: evil, type: evil, payload: { [evil]: evil } });
    await night.system.until(id, node.id, ({ state }) => state === 'frozen');
    const { page, complaints } = await openAs('admin');
    for (const path of [
      `/messages/${id}`,
      '/nodes/naughty',
      '/nodes',
      '/messages',
      '/frozen',
      '/log',
      '/',
      `/nodes?q=${encodeURIComponent(evil)}`,
    ]) {
      await page.goto(night.system.url + path);
      await page.locator('.liveness.live').waitFor();
    }
    await page.goto(`${night.system.url}/messages/${id}`);
    await page.getByText('What the node answered').click();
    await page.locator('pre').filter({ hasText: '<img src=x onerror=alert(1)>' }).first().waitFor();
    expect(complaints).toEqual([]);
  });
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Asks as the page does, with its cookies. */
async function statusOf(page: Page, path: string): Promise<number> {
  return page.evaluate(async (path) => (await fetch(path)).status, path);
}

async function stateOf(row: ReturnType<Page['getByRole']>): Promise<string | null> {
  return row.locator('.cell.on').textContent();
}
