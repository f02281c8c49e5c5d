import { describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { Installation } from '../programs.js';
import { forEachTest, Visit } from './browser.js';

let browser: Browser;
let here: Installation;
forEachTest((fresh) => {
  ({ browser, here } = fresh);
});

const listOf = (page: Page) => page.getByRole('region', { name: 'Tasks', exact: true });

async function submitMany(count: number): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const tasks = Array.from({ length: Math.min(1000, count - from) }, (_, index) => ({
      command: `echo number-${from + index + 1}`,
    }));
    await here.call('POST', '/tasks/batch', { tasks });
  }
}

describe('the list of tasks', () => {
  it('keeps its filters in the address, and shows what they let through', async () => {
    await here.startWorker();
    await here.run('/tasks', { command: 'echo apples' });
    await here.run('/tasks', { command: 'echo pears; false' });
    await here.run('/tasks', { type: 'file-list', path: '~' });
    await here.call('POST', '/tasks', { command: 'echo later', worker: 'elsewhere' });
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn('/ui/tasks');
    const list = listOf(page);
    await list.getByText('4 tasks').waitFor();
    await page.getByLabel('Status', { exact: true }).selectOption('Failed');
    await list.getByText('1 task', { exact: true }).waitFor();
    await list.getByText('echo pears; false').waitFor();
    expect(page.url()).toBe(`${here.url}/ui/tasks?status=failed`);
    await page.goBack();
    await list.getByText('4 tasks').waitFor();
    await page.getByLabel('Kind', { exact: true }).selectOption('List a folder');
    await list.getByText('List ~').waitFor();
    await page.getByRole('button', { name: 'No filters' }).click();
    await page.getByRole('searchbox').fill('apples');
    await page.keyboard.press('Enter');
    await list.getByText('1 task', { exact: true }).waitFor();
    expect(page.url()).toBe(`${here.url}/ui/tasks?q=apples`);
    await visit.go('/ui/tasks?worker=elsewhere');
    await list.getByText('echo later').waitFor();
    await list.getByText('1 task', { exact: true }).waitFor();
    await visit.go('/ui/tasks?to=1000');
    await page.getByText('No task fits').waitFor();
    await page.getByRole('link', { name: 'Show all tasks' }).click();
    await list.getByText('4 tasks').waitFor();
    await visit.go('/ui/tasks?held=true');
    await page.getByText('No task fits').waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('goes on to the oldest of many tasks, and draws only what is in view', async () => {
    await submitMany(1000);
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn('/ui/tasks');
    await page.getByText('echo number-1000', { exact: true }).waitFor();
    const oldest = page.getByText('echo number-1', { exact: true });
    while (!(await oldest.isVisible())) await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    await listOf(page).getByText('1,000 tasks').waitFor();
    expect(await listOf(page).getByRole('listitem').count()).toBeLessThan(80);
    // What comes in later stands above, and moves nothing away.
    await here.call('POST', '/tasks', { command: 'echo the newest' });
    await listOf(page).getByText('1,001 tasks').waitFor();
    await page.evaluate('scrollTo(0, 0)');
    await page.getByText('echo the newest').waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('cancels and repeats what is selected, and says how many', async () => {
    const tasks = ['a', 'b', 'c'].map((name) => ({ command: `echo ${name}` }));
    await here.call('POST', '/tasks/batch', { tasks });
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn('/ui/tasks');
    const list = listOf(page);
    for (const name of ['a', 'b']) {
      await list
        .getByRole('listitem')
        .filter({ hasText: `echo ${name}` })
        .getByRole('checkbox')
        .check();
    }
    await page.getByRole('button', { name: 'Cancel 2' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel them' }).click();
    await page.getByText('Cancelled: 2.').waitFor();
    await list.getByRole('listitem').filter({ hasText: 'echo a' }).getByText('Cancelled').waitFor();
    await list.getByRole('listitem').filter({ hasText: 'echo c' }).getByText('Waiting').waitFor();
    await list.getByRole('button', { name: 'Select all' }).click();
    await page.getByRole('button', { name: 'Run 2 again' }).click();
    await page.getByText('Run again: 2.').waitFor();
    await list.getByText('5 tasks').waitFor();
    expect((await here.call('GET', '/tasks?status=pending')).items).toHaveLength(3);
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('lets those who may only look select nothing', async () => {
    await here.call('POST', '/tasks', { command: 'echo seen' });
    const { token } = await here.call('POST', '/tokens', { name: 'guest', role: 'viewer' });
    const visit = await Visit.open(browser, here.url);
    await visit.signIn('/ui/tasks', token);
    await visit.page.getByText('echo seen').waitFor();
    expect(await visit.page.getByRole('checkbox', { name: /Select task/ }).count()).toBe(0);
    await visit.close();
  });

  it.each(['light', 'dark'] as const)('has no barriers, on a phone neither, in the %s theme', async (colorScheme) => {
    await here.startWorker();
    await here.run('/tasks', { command: 'echo fine' });
    await here.run('/tasks', { command: `echo ${'long '.repeat(60)}; false` });
    await here.call('POST', '/tasks', { command: 'make', worker: 'elsewhere' });
    for (const width of [1280, 375]) {
      const visit = await Visit.open(browser, here.url, { colorScheme, viewport: { width, height: 800 } });
      const { page } = visit;
      await visit.signIn('/ui/tasks');
      await listOf(page).getByText('echo fine').waitFor();
      await listOf(page).getByRole('checkbox').first().check();
      await page.getByRole('region', { name: 'Selected tasks' }).waitFor();
      expect(await visit.barriers()).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(visit.complaints).toEqual([]);
      await visit.close();
    }
  });
});
