import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describeInBrowser } from './in-browser.ts';
import { PASSWORD, startNight, type Night } from './night.ts';
import { seedWeeks } from './seed-weeks.ts';
import { signIn } from './sign-in.ts';

// Takes the pictures of docs/console.md: npm run screenshots

const folder = process.env['SCREENSHOTS'] ?? 'docs/images';

/** A picture must not weigh down the repository. */
const MOST_BYTES = 150_000;

const SIZES = { wide: { width: 1280, height: 860 }, narrow: { width: 390, height: 844 } } as const;

describeInBrowser('the pictures', ({ open }) => {
  let night: Night;
  beforeAll(async () => {
    night = await startNight(500);
    await seedWeeks(night.system);
    await night.send(37, ['terminal', 'warehouse', 'forwarder']);
    await mkdir(folder, { recursive: true });
  }, 180_000);
  afterAll(() => night.end());

  const pages = (): readonly (readonly [name: string, path: string, ready: string])[] => [
    ['overview', '/?period=86400', 'attention'],
    ['node', '/nodes/customs?period=86400', 'It is the node'],
    ['nodes', '/nodes', 'customs'],
    ['messages', '/messages', 'container.gate-in'],
    ['message', `/messages/${night.stuck}`, 'What the node answered'],
    ['frozen', '/frozen', 'Deliveries'],
    ['log', '/log', 'delivery.frozen'],
    ['users', '/users', 'New user'],
    ['register', '/register', 'Sign what it is sent'],
  ];
  /** What the guide shows; or what is asked for, to be looked at. */
  const asked = process.env['PICTURES']?.split(',');
  const kept = {
    wide: asked ?? ['overview', 'node', 'message', 'frozen', 'register'],
    narrow: asked ?? ['overview', 'node'],
  };

  test.each([
    ['wide', 'light'],
    ['wide', 'dark'],
    ['narrow', 'light'],
    ['narrow', 'dark'],
  ] as const)('%s, %s', async (size, colorScheme) => {
    const { page, complaints } = await open({ viewport: SIZES[size], colorScheme, deviceScaleFactor: 1 });
    await signIn(page, night.system.url, 'admin', PASSWORD);
    for (const [name, path, ready] of pages()) {
      if (!kept[size].includes(name)) continue;
      await page.goto(night.system.url + path);
      await page.getByText(ready).first().waitFor();
      await page.locator('.liveness.live').waitFor();
      if (name === 'frozen') await askForReplay(page);
      await take(page, `${name}-${size}-${colorScheme}.png`);
    }
    expect(complaints).toEqual([]);
  });
});

async function askForReplay(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Select all' }).click();
  await page.getByRole('button', { name: 'Replay …' }).click();
  await page.getByRole('button', { name: /Replay \d+ deliveries/ }).waitFor();
}

async function take(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('load');
  const path = join(folder, name);
  await page.screenshot({ path, animations: 'disabled', fullPage: process.env['FULL'] !== undefined });
  if (process.env['FULL'] === undefined) expect((await readFile(path)).length).toBeLessThan(MOST_BYTES);
}
