import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { source as AXE } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { Installation, TOKEN } from '../programs.js';

/** What has no window at all is a fifth quicker. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** For a slow machine on which other tests run: half of what a test may take. */
const PATIENCE_MS = 60_000;

/** The system's Chromium: CHROMIUM_PATH, or the first of its usual names on the PATH. */
function chromiumPath(): string {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  const paths = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = CHROMIUM_PATH ?? paths.find((path) => existsSync(path));
  if (found) return found;
  throw new Error(
    'These tests need Chromium: apt-get install chromium, or set CHROMIUM_PATH to the program of one that you have.',
  );
}

export function launchBrowser(): Promise<Browser> {
  // As root, which test machines often are, Chromium starts only without its sandbox; it sees nothing but our own page.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: chromiumPath(), args });
}

/** Gives every test an installation of its own whose API is up, and all tests of the file one browser. */
export function forEachTest(provide: (fresh: { browser: Browser; here: Installation }) => void): void {
  let browser: Browser;
  let here: Installation;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    here = new Installation();
    provide({ browser, here });
    await here.startApi();
  });
  afterEach(() => here.end());
  afterAll(() => browser.close());
}

/** A page of the browser that remembers everything that went wrong in it. */
export class Visit {
  /** Errors and warnings of the console, what the policy has blocked among them, and exceptions. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Visit(await context.newPage(), url);
  }

  async go(path = '/'): Promise<void> {
    await this.page.goto(this.url + path);
  }

  async signIn(path = '/', token = TOKEN): Promise<void> {
    await this.go(path);
    await this.page.getByLabel('Token', { exact: true }).fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.getByRole('button', { name: 'account' }).filter({ visible: true }).waitFor();
    await this.page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
  }

  /** What axe has against the page as it is now, by the rules of WCAG 2.2 AA. */
  async barriers(): Promise<string[]> {
    // Through the debugger, which the policy of the page does not bind.
    await this.page.evaluate(AXE);
    return this.page.evaluate(async () => {
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
      const { violations } = await axe.run({ runOnly: tags });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
      );
    });
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
