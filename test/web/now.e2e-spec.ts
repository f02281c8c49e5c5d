import { describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { Installation } from '../programs.js';
import { forEachTest, Visit } from './browser.js';

let browser: Browser;
let here: Installation;
forEachTest((fresh) => {
  ({ browser, here } = fresh);
});

const submit = (command: string) => here.call('POST', '/tasks', { command });

describe('the page of what happens now', () => {
  it('shows the output of a command while it is printed, and that it has ended', async () => {
    await here.startWorker();
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn();
    await page.getByText('Nothing runs at the moment').waitFor();
    const { taskId } = await submit('echo begun; until [ -e go ]; do sleep 0.1; done; echo done >&2');
    const running = page.getByRole('region', { name: 'Running' });
    await running.getByText('begun', { exact: true }).waitFor();
    await here.call('POST', '/files/write?wait=60000', { path: '~/go', content: '' });
    expect(await here.call('GET', `/tasks/${taskId}?wait=60000`)).toMatchObject({ status: 'completed' });
    const ended = page.getByRole('region', { name: 'Just ended' });
    await ended.getByRole('listitem').filter({ hasText: 'echo begun' }).getByText('Completed').waitFor();
    await page.getByText('Nothing runs at the moment').waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('runs a command that is typed into it', async () => {
    await here.startWorker();
    const visit = await Visit.open(browser, here.url);
    await visit.signIn();
    const box = visit.page.getByRole('region', { name: 'Run a command' });
    await box.getByLabel('Command to run').fill('echo "<b>hello</b>"');
    await box.getByRole('button', { name: 'Run' }).click();
    await box.getByText('<b>hello</b>', { exact: true }).waitFor();
    await box.getByText('Completed').waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });
});
