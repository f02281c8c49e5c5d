import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { Installation } from '../programs.js';
import { launchBrowser, Visit } from './browser.js';

const TASKS = 10_000;
const LOG_LINES = 500_000;
/** Of a hundred bytes with its line break: 50 MB in all. */
const LINE = 'a line of a log that is long enough to be a hundred bytes with its number and its end of line '.slice(
  0,
  91,
);
const STEPS = 60;
/** Ten lead to the end. */
const ROUNDS = 100;

const here = new Installation();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
  await here.startApi();
  await here.startWorker({ MAX_OUTPUT_BYTES: String(64 * 1_048_576) });
});
afterAll(async () => {
  await browser.close();
  await here.end();
});

/** Notes every task of the page's thread that took 50 ms or more, from now on. */
const watch = (page: Page) =>
  page.evaluate(`{
    globalThis.longTasks = [];
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
      .observe({ type: 'longtask' });
  }`);

async function report(page: Page, what: string): Promise<void> {
  const durations = (await page.evaluate('longTasks.splice(0)')) as number[];
  const longest = Math.round(Math.max(0, ...durations));
  const over = durations.filter((duration) => duration > 100).length;
  process.stdout.write(`${what}: ${durations.length} long tasks, ${over} over 100 ms, the longest ${longest} ms\n`);
}

/** Scrolls by `px` at every frame, or ten times a second where none is drawn; answers where that has led to. */
const scroll = (page: Page, element: string, px: number) =>
  page.evaluate(`(async () => {
    const element = ${element};
    for (let step = 0; step < ${STEPS}; step += 1) {
      element.scrollTop += ${px};
      await Promise.race([new Promise(requestAnimationFrame), new Promise((over) => setTimeout(over, 100))]);
    }
    return element.scrollTop;
  })()`) as Promise<number>;

describe('how smooth the page is', () => {
  it(`with ${TASKS} tasks`, async () => {
    for (let sent = 0; sent < TASKS; sent += 1000) {
      const tasks = Array.from({ length: 1000 }, (_, index) => ({
        command: `echo number-${sent + index + 1}`,
        worker: 'elsewhere',
      }));
      await here.call('POST', '/tasks/batch', { tasks });
    }
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn('/ui/tasks');
    await page.getByText(`echo number-${TASKS}`, { exact: true }).waitFor();
    await watch(page);
    const isAtEnd = () => page.getByText('echo number-1', { exact: true }).isVisible();
    let reached = 0;
    let stops = 0;
    for (let round = 0; round < ROUNDS && !(await isAtEnd()); round += 1) {
      const place = await scroll(page, 'document.scrollingElement', 2000);
      // As people do who see nothing come.
      if (place === reached && !(await isAtEnd())) {
        stops += 1;
        await page.mouse.wheel(0, -3000);
      }
      reached = place;
    }
    expect(await isAtEnd()).toBe(true);
    await report(page, `scrolling through ${TASKS} tasks, which stood still ${stops} times`);
    await page.evaluate('scrollTo(0, 0)');
    await page.getByRole('searchbox').fill('number-77');
    await page.keyboard.press('Enter');
    await page.getByText('echo number-77', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'No filters' }).click();
    await page.getByText(`echo number-${TASKS}`, { exact: true }).waitFor();
    await report(page, 'searching and going back');
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('with a log of 50 MB', async () => {
    const { taskId } = await here.run('/tasks', {
      command: `awk 'BEGIN { for (i = 1; i <= ${LOG_LINES}; i++) printf "%08d ${LINE}\\n", i }'`,
      timeout: 120_000,
    });
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn(`/ui/tasks/${taskId}`);
    await watch(page);
    await page
      .getByRole('log')
      .getByText(`${String(LOG_LINES).padStart(8, '0')} a line`)
      .waitFor({ timeout: 240_000 });
    await report(page, 'reading the log');
    await scroll(page, `document.querySelector('[role=log]')`, -5000);
    await scroll(page, `document.querySelector('[role=log]')`, -100_000);
    await report(page, 'scrolling through the log');
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });
});
