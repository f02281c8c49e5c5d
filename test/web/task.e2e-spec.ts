import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { Installation } from '../programs.js';
import { forEachTest, Visit } from './browser.js';

let browser: Browser;
let here: Installation;
forEachTest((fresh) => {
  ({ browser, here } = fresh);
});

/** The picture of one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const statusOf = (page: Page) => page.getByRole('main').locator('dl').first();

describe('the page of a task', () => {
  it('shows what a command prints while it prints it, tells stderr apart, and how it ended', async () => {
    await here.startWorker();
    const { taskId } = await here.call('POST', '/tasks', {
      command: 'printf "\\033[32mbegun\\033[0m\\n"; until [ -e go ]; do sleep 0.1; done; echo done >&2; exit 3',
    });
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn(`/ui/tasks/${taskId}`);
    const output = page.getByRole('log');
    await output.locator('.ansi-green-fg', { hasText: 'begun' }).waitFor();
    await statusOf(page).getByText('Running', { exact: true }).waitFor();
    await here.call('POST', '/files/write?wait=60000', { path: '~/go', content: '' });
    await output.getByText('stderr: done').waitFor();
    await statusOf(page).getByText('Failed').waitFor();
    expect(await statusOf(page).textContent()).toContain('Exit code3');
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('cancels a task, after it has asked, and runs it again', async () => {
    await here.startWorker();
    const { taskId } = await here.call('POST', '/tasks', { command: 'until [ -e go ]; do sleep 0.1; done; echo over' });
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn(`/ui/tasks/${taskId}`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the task' }).click();
    await statusOf(page).getByText('Cancelled').waitFor();
    writeFileSync(join(here.home, 'go'), '');
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(taskId));
    await page.getByRole('log').getByText('over').waitFor();
    await statusOf(page).getByText('Completed').waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('shows a picture that the task has left, and hands out its files', async () => {
    await here.startWorker();
    writeFileSync(join(here.home, 'shot.png'), PNG);
    const { taskId } = await here.run('/tasks', {
      command: 'printf "<script>alert(1)</script>" > page.html',
      artifacts: ['~/shot.png', '~/page.html'],
    });
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn(`/ui/tasks/${taskId}`);
    const picture = page.getByRole('img', { name: 'Preview of shot.png' });
    await picture.waitFor();
    const width =
      'document.querySelector("main img").decode().then(() => document.querySelector("main img").naturalWidth)';
    expect(await page.evaluate(width)).toBe(1);
    expect(await page.locator('main img').count()).toBe(1);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download page.html' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('page.html');
    expect(readFileSync(await download.path(), 'utf8')).toBe('<script>alert(1)</script>');
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('tells the attempts of a task that was tried again', async () => {
    await here.startWorker();
    const { taskId } = await here.run('/tasks', { command: 'echo try; false', maxAttempts: 2, retryDelay: 0 });
    const visit = await Visit.open(browser, here.url);
    await visit.signIn(`/ui/tasks/${taskId}`);
    const timeline = visit.page.getByRole('region', { name: 'Timeline' });
    await timeline.getByText('attempt 2, exit 1').waitFor();
    expect((await timeline.getByRole('listitem').allInnerTexts()).map((text) => text.split('\n')[0])).toEqual([
      'Submitted',
      'Handed to a worker',
      'Failed',
      'Handed to a worker',
      'Failed',
    ]);
    await visit.page.getByRole('log').getByText('Attempt 2').waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('lists a folder, and reads a file', async () => {
    await here.startWorker();
    writeFileSync(join(here.home, 'note.txt'), 'what it says\n');
    const list = await here.run('/tasks', { type: 'file-list', path: '~' });
    const read = await here.run('/tasks', { type: 'file-read', path: '~/note.txt' });
    const visit = await Visit.open(browser, here.url);
    await visit.signIn(`/ui/tasks/${list.taskId}`);
    await visit.page.getByRole('cell', { name: 'note.txt' }).waitFor();
    await visit.go(`/ui/tasks/${read.taskId}`);
    await visit.page.getByText('what it says').waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it.each(['light', 'dark'] as const)('has no barriers, on a phone neither, in the %s theme', async (colorScheme) => {
    await here.startWorker();
    const { taskId } = await here.run('/tasks', {
      command: `echo out; echo err >&2; echo ${'long '.repeat(80)}; exit 2`,
      env: { NAME: 'secret-value' },
      metadata: { ticket: 'A-1' },
    });
    for (const width of [1280, 375]) {
      const visit = await Visit.open(browser, here.url, { colorScheme, viewport: { width, height: 800 } });
      await visit.signIn(`/ui/tasks/${taskId}`);
      await visit.page.getByRole('log').getByText('stderr: err').waitFor();
      expect(await visit.barriers()).toEqual([]);
      expect(await visit.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(await visit.page.content()).not.toContain('secret-value');
      expect(visit.complaints).toEqual([]);
      await visit.close();
    }
  });
});
