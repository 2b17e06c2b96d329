import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** What Debian and others call it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The system's Chromium, as the PATH has it; null without one. */
function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not to be run: the next one.
    return false;
  }
}

export interface TestBrowser {
  /** A browser of one's own: no cookies, and the console's errors and breaches of its policy are collected. */
  open(options?: Parameters<Browser['newContext']>[0]): Promise<OpenedPage>;
}

export interface OpenedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What a page must not have: uncaught errors, breaches of the content security policy, dialogs that a script opened. */
  readonly complaints: readonly string[];
}

/**
 * Runs a suite in a real browser. Without Chromium on the PATH it is left out with a warning that can't be missed; where `CI` is set that is
 * a failure.
 */
export function describeInBrowser(name: string, suite: (browser: TestBrowser) => void): void {
  const executablePath = findChromium();
  if (executablePath === null) {
    leaveOut(name);
    return;
  }
  describe(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      // Containers, where root runs tests, have no sandbox for it, and little shared memory.
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
    });
    suite({ open: (options) => open(browser, options) });
    afterAll(() => browser.close());
  });
}

async function open(browser: Browser, options: Parameters<Browser['newContext']>[0] = {}): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: 'UTC', ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (said) => {
    if (/Content Security Policy/.test(said.text())) complaints.push(said.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, context, complaints };
}

function leaveOut(name: string): void {
  const missing = `${name}: NOT TESTED, there is no chromium on the PATH`;
  if (process.env['CI']) {
    test(name, () => {
      throw new Error(missing);
    });
    return;
  }
  const line = '!'.repeat(missing.length);
  console.warn(`${line}\n${missing}\n${line}`);
  test.skip(`${name}: no chromium on the PATH`, () => undefined);
}
