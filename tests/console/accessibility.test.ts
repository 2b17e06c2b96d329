import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { describeInBrowser } from './in-browser.ts';
import { PASSWORD, startNight, type Night } from './night.ts';
import { signIn } from './sign-in.ts';

const axe = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');

const WIDTHS = { wide: { width: 1280, height: 860 }, narrow: { width: 390, height: 844 } } as const;

describeInBrowser('who can not see it, has no mouse, or a small screen', ({ open }) => {
  let night: Night;
  beforeAll(async () => {
    night = await startNight(3);
  }, 120_000);
  afterAll(() => night.end());

  const pages = () =>
    [
      '/',
      '/nodes',
      '/nodes/customs',
      '/messages',
      `/messages/${night.stuck}`,
      '/frozen',
      '/log',
      '/users',
      '/register',
    ] as const;

  test.each([
    ['wide', 'light'],
    ['wide', 'dark'],
    ['narrow', 'light'],
    ['narrow', 'dark'],
  ] as const)(
    'axe finds nothing serious on any page (%s, %s), and none is wider than the screen',
    async (size, colorScheme) => {
      // The engine is put into the page by the browser, which the page's policy would not allow a script to.
      const { page } = await open({ viewport: WIDTHS[size], colorScheme, bypassCSP: true });
      await page.goto(night.system.url);
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      expect(await seriousProblems(page)).toEqual([]);
      await signIn(page, night.system.url, 'admin', PASSWORD);
      for (const path of pages()) {
        await page.goto(night.system.url + path);
        await page.locator('.liveness.live').waitFor();
        await page.locator('.spinner').first().waitFor({ state: 'detached' });
        expect([path, await seriousProblems(page)]).toEqual([path, []]);
        expect([path, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([path, 0]);
      }
      await page.goto(`${night.system.url}/frozen`);
      await page.getByRole('button', { name: 'Select all' }).click();
      await page.getByRole('button', { name: 'Cancel …' }).click();
      await page.getByRole('button', { name: /Cancel 3 deliveries/ }).waitFor();
      expect(await seriousProblems(page)).toEqual([]);
    },
    120_000,
  );

  test('the way from the overview to a replay needs no mouse', async () => {
    const { page } = await open();
    await signIn(page, night.system.url, 'admin', PASSWORD);
    await page.getByRole('link').filter({ hasText: 'to customs gave up' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox').first().focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Replay …' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /Replay 3 deliveries/ }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: '3', exact: true }).waitFor();
  });

  test('colours that were chosen stay chosen', async () => {
    const { page } = await open({ colorScheme: 'light' });
    await signIn(page, night.system.url, 'admin', PASSWORD);
    await page.getByLabel('Colours').selectOption('dark');
    await page.reload();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(16, 21, 20)');
  });
});

/** Violations that hinder someone, each with the places. */
async function seriousProblems(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
