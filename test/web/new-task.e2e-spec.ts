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

async function openForm(kind?: string, path = '/ui/new'): Promise<{ visit: Visit; page: Page }> {
  const visit = await Visit.open(browser, here.url);
  await visit.signIn(path);
  if (kind !== undefined) await visit.page.getByText(kind, { exact: true }).click();
  return { visit, page: visit.page };
}

/** The record of the task whose page is shown, once it has ended. */
async function endOf(page: Page) {
  await page.waitForURL(/\/ui\/tasks\/[0-9a-f-]{36}$/);
  const taskId = page.url().split('/').at(-1);
  return here.call('GET', `/tasks/${taskId}?wait=60000`);
}

describe('the form of a new task', () => {
  it('runs a command with a variable, standard input and a time limit, and keeps no secret of it', async () => {
    await here.startWorker();
    const { visit, page } = await openForm();
    await page.getByRole('textbox', { name: 'Command', exact: true }).fill('cat; echo " $GREETING"');
    await page.getByRole('button', { name: 'Add a variable' }).click();
    await page.getByLabel('Name of variable 1').fill('GREETING');
    await page.getByLabel('Value of variable 1').fill('swordfish');
    await page.getByText('Options').click();
    await page.getByLabel('Standard input').fill('open-sesame');
    await page.getByLabel('Time limit', { exact: true }).fill('2');
    await page.getByLabel('Time limit: unit').selectOption('minutes');
    await page.keyboard.press('Control+Enter');
    expect(await endOf(page)).toMatchObject({
      status: 'completed',
      stdout: 'open-sesame swordfish\n',
      timeout: 120_000,
    });
    await page.getByRole('log').getByText('open-sesame swordfish').waitFor();
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toMatch(/swordfish|open-sesame/);
    await visit.go('/ui/new');
    expect(await page.getByRole('textbox', { name: 'Command', exact: true }).inputValue()).toBe(
      'cat; echo " $GREETING"',
    );
    expect(await page.getByLabel('Name of variable 1').inputValue()).toBe('GREETING');
    expect(await page.getByLabel('Value of variable 1').inputValue()).toBe('');
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('writes a file that is chosen on this machine, byte for byte', async () => {
    await here.startWorker();
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    const { visit, page } = await openForm('Write a file');
    await page.getByLabel('File', { exact: true }).fill('~/in/data.bin');
    await page
      .getByLabel('File of this machine to send')
      .setInputFiles({ name: 'data.bin', mimeType: 'application/octet-stream', buffer: bytes });
    await page.getByRole('button', { name: 'Run' }).click();
    expect(await endOf(page)).toMatchObject({ status: 'completed' });
    expect(readFileSync(join(here.home, 'in', 'data.bin'))).toEqual(bytes);
    await page.getByRole('link', { name: 'Edit and run' }).click();
    await page.getByText('the file that was sent for that task').waitFor();
    await page.getByLabel('File', { exact: true }).fill('~/in/again.bin');
    await page.getByRole('button', { name: 'Run' }).click();
    expect(await endOf(page)).toMatchObject({ status: 'completed' });
    expect(readFileSync(join(here.home, 'in', 'again.bin'))).toEqual(bytes);
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('reads, edits and lists', async () => {
    await here.startWorker();
    writeFileSync(join(here.home, 'note.txt'), 'colour colour\n');
    const { visit, page } = await openForm('Read a file');
    await page.getByLabel('File', { exact: true }).fill('~/note.txt');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('colour colour').waitFor();

    await visit.go('/ui/new');
    await page.getByText('Edit a file', { exact: true }).click();
    await page.getByLabel('File', { exact: true }).fill('~/note.txt');
    await page.getByLabel('Text to replace').fill('colour');
    await page.getByLabel('New text').fill('color');
    await page.getByLabel('Replace it in every place').check();
    await page.getByRole('button', { name: 'Run' }).click();
    expect(await endOf(page)).toMatchObject({ status: 'completed' });
    expect(readFileSync(join(here.home, 'note.txt'), 'utf8')).toBe('color color\n');

    await visit.go('/ui/new');
    await page.getByText('List a folder', { exact: true }).click();
    await page.getByLabel('Folder', { exact: true }).fill('~');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('cell', { name: 'note.txt' }).waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('asks Claude', async () => {
    await here.installClaude();
    await here.startWorker();
    const { visit, page } = await openForm('Ask Claude');
    await page.getByLabel('Prompt').fill('What is in <b>this</b> folder?');
    await page.getByRole('button', { name: 'Run' }).click();
    expect(await endOf(page)).toMatchObject({ status: 'completed' });
    await page.getByRole('log').getByText('What is in <b>this</b> folder?').waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('says at the field what the server has against it, and goes there', async () => {
    const { visit, page } = await openForm();
    await page.getByRole('button', { name: 'Run' }).click();
    const command = page.getByRole('textbox', { name: 'Command', exact: true });
    await page.getByText('command must not be empty').first().waitFor();
    expect(await command.getAttribute('aria-invalid')).toBe('true');
    await page.locator('textarea:focus').waitFor();
    await command.fill('true');
    await page.getByText('Options').click();
    await page.getByLabel('Priority').fill('1000');
    await page.getByText('Options').click();
    await page.getByRole('button', { name: 'Run' }).click();
    await page
      .getByText('priority must be a whole number from -100 to 100')
      .filter({ visible: true })
      .first()
      .waitFor();
    expect(await page.getByLabel('Priority').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Priority').fill('');
    await page.getByLabel('Labels').fill('{"half"');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('This is not JSON').waitFor();
    // The browser itself notes every answer of 400 or more.
    expect(visit.complaints.filter((complaint) => !complaint.includes('400 (Bad Request)'))).toEqual([]);
    await visit.close();
  });

  it('begins with a task that is to be changed', async () => {
    await here.startWorker();
    const { taskId } = await here.run('/tasks', { command: 'echo first', cwd: '/tmp', env: { A: '1' }, priority: 5 });
    const { visit, page } = await openForm(undefined, `/ui/tasks/${taskId}`);
    await page.getByRole('link', { name: 'Edit and run' }).click();
    const command = page.getByRole('textbox', { name: 'Command', exact: true });
    await command.waitFor();
    expect(await command.inputValue()).toBe('echo first');
    expect(await page.getByLabel('Working folder').inputValue()).toBe('/tmp');
    expect(await page.getByLabel('Priority').inputValue()).toBe('5');
    await command.fill('echo second');
    await page.getByRole('button', { name: 'Run' }).click();
    expect(await endOf(page)).toMatchObject({ stdout: 'second\n', cwd: '/tmp', priority: 5 });
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('is not for those who may only look', async () => {
    const { token } = await here.call('POST', '/tokens', { name: 'guest', role: 'viewer' });
    const visit = await Visit.open(browser, here.url);
    await visit.go('/ui/new');
    await visit.page.getByLabel('Token', { exact: true }).fill(token);
    await visit.page.getByRole('button', { name: 'Sign in' }).click();
    await visit.page.getByText('This token may not submit tasks').waitFor();
    await visit.close();
  });

  it.each(['light', 'dark'] as const)('has no barriers, on a phone neither, in the %s theme', async (colorScheme) => {
    for (const width of [1280, 375]) {
      const visit = await Visit.open(browser, here.url, { colorScheme, viewport: { width, height: 800 } });
      await visit.signIn('/ui/new');
      const { page } = visit;
      await page.getByText('Options').click();
      for (const kind of ['Command', 'Read a file', 'Write a file', 'Edit a file', 'List a folder', 'Ask Claude']) {
        await page.getByRole('group', { name: 'Kind' }).getByText(kind, { exact: true }).click();
        expect(await visit.barriers()).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
      expect(visit.complaints).toEqual([]);
      await visit.close();
    }
  });
});
