import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Installation } from '../programs.js';
import { launchBrowser, Visit } from './browser.js';

const here = new Installation();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
  await here.startApi();
});
afterAll(async () => {
  await browser.close();
  await here.end();
});

/** Markup that would tell if a browser took it for such. */
const attack = (where: string) =>
  `"'><img src=x onerror="window.attacked='${where}'"><svg/onload=alert(1)><a href="javascript:alert(1)">${where}</a>`;

/** Tags are short. */
const TAG = '<img src=x onerror=alert(4)>';

describe('markup in what others have written', () => {
  it('is shown as the text that it is, and runs nothing', async () => {
    await here.startWorker({ WORKER_NAME: `<img src=x onerror=alert(2)>`, WORKER_TAGS: TAG });
    writeFileSync(join(here.home, '<img src=x onerror=alert(3)>'), 'x');
    const ran = await here.run('/tasks', {
      command: `cat; cat >&2 <<'END'\n${attack('stderr')}\nEND\nexit 1\n# ${attack('command')}`,
      stdin: `${attack('stdout')}\n\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007\n`,
      env: { [attack('variable').replaceAll('=', '')]: '1' },
      metadata: { [attack('label')]: attack('value') },
      artifacts: ['~/<img*'],
    });
    const read = await here.run('/tasks', { type: 'file-read', path: `~/${attack('path')}` });
    const wrote = await here.run('/tasks', { type: 'file-write', path: '~/x', content: attack('content') });
    const edited = await here.run('/tasks', {
      type: 'file-edit',
      path: '~/x',
      oldString: attack('old'),
      newString: attack('new'),
    });
    const listed = await here.run('/tasks', { type: 'file-list', path: '~' });
    const waiting = await here.call('POST', '/tasks', { command: 'true', tags: [`${TAG}!`], cwd: attack('cwd') });
    const prompt = await here.call('POST', '/tasks', { type: 'claude-cli', prompt: attack('prompt'), worker: 'none' });

    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    let dialogs = 0;
    page.on('dialog', async (dialog) => {
      dialogs += 1;
      await dialog.dismiss();
    });
    const shows = async (path: string, ...texts: string[]) => {
      await visit.go(path);
      for (const text of texts) await page.getByText(text).filter({ visible: true }).first().waitFor();
      expect(await page.evaluate('window.attacked')).toBeUndefined();
      // The only pictures are those that the page itself has fetched.
      expect(await page.locator('img:not([src^="blob:"]), a[href^="javascript:"], main svg[onload]').count()).toBe(0);
    };
    await visit.signIn('/ui/tasks');
    await shows(
      `/ui/tasks/${ran.taskId}`,
      attack('stdout'),
      attack('stderr'),
      attack('command'),
      attack('variable').replaceAll('=', ''),
      attack('label'),
      attack('value'),
      '<img src=x onerror=alert(2)>',
      '<img src=x onerror=alert(3)>',
    );
    await shows(`/ui/tasks/${read.taskId}`, attack('path'));
    await shows(`/ui/tasks/${wrote.taskId}`, attack('content'));
    await shows(`/ui/tasks/${edited.taskId}`, attack('old'), attack('new'), edited.error);
    await shows(`/ui/tasks/${listed.taskId}`, '<img src=x onerror=alert(3)>');
    await shows(`/ui/tasks/${waiting.taskId}`, `${TAG}!`, attack('cwd'));
    await shows(`/ui/tasks/${prompt.taskId}`, attack('prompt'));
    await shows('/ui/tasks', attack('prompt'), attack('path'), '<img src=x onerror=alert(2)>');
    await shows(`/ui/tasks?q=${encodeURIComponent(attack('search'))}`, 'No task fits');
    await shows('/', attack('prompt'));
    await shows(`/ui/new?from=${ran.taskId}`, 'Edit and run');
    expect(dialogs).toBe(0);
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });
});
