import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Browser, Locator } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { type Received, Receiver } from '../../apps/api/test/receiver.js';
import { type Installation, TOKEN } from '../programs.js';
import { forEachTest, Visit } from './browser.js';

let browser: Browser;
let here: Installation;
forEachTest((fresh) => {
  ({ browser, here } = fresh);
});

const PAGES = ['schedules', 'workers', 'audit', 'webhooks', 'tokens', 'system'];

/** Signed in at a page, which ends with a console that has stayed silent. */
async function visiting(path: string, steps: (visit: Visit) => Promise<void>, token = TOKEN): Promise<void> {
  const visit = await Visit.open(browser, here.url);
  await visit.signIn(`/ui/${path}`, token);
  await steps(visit);
  expect(visit.complaints).toEqual([]);
  await visit.close();
}

const tokenOf = async (role: string): Promise<string> =>
  (await here.call('POST', '/tokens', { name: `a ${role}`, role })).token;

/** Answers the question of the dialog that is open. */
const confirm = (visit: Visit, name: string) => visit.page.getByRole('dialog').getByRole('button', { name }).click();

const statusWith = async (token: string) =>
  (await fetch(`${here.url}/tasks`, { headers: { Authorization: `Bearer ${token}` } })).status;

describe('the page of schedules', () => {
  const item = (visit: Visit, name: string): Locator =>
    visit.page.getByRole('region', { name: 'Schedules' }).getByRole('listitem').filter({ hasText: name }).first();

  it('makes a schedule, runs it now and shows how that went, pauses it and deletes it', async () => {
    await here.startWorker();
    await visiting('schedules', async (visit) => {
      const { page } = visit;
      await page.getByText('Nothing is scheduled').waitFor();
      await page.getByRole('button', { name: 'New schedule' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('weekly report');
      await dialog.getByLabel('Runs').selectOption('weekly');
      await dialog.getByLabel('At', { exact: true }).fill('07:30');
      await dialog.getByRole('button', { name: 'Friday' }).click();
      await dialog.getByRole('button', { name: 'Monday' }).click();
      await dialog.getByText('At 07:30, only on Friday').waitFor();
      await dialog.getByLabel('Time zone').fill('Asia/Tokyo');
      await dialog.getByText('Next ten times').click();
      await dialog.getByRole('columnheader', { name: 'Asia/Tokyo' }).waitFor();
      expect(await dialog.getByRole('row').count()).toBe(11);
      await dialog.getByLabel('Command').fill('echo report');
      await dialog.getByRole('button', { name: 'Create schedule' }).click();
      await dialog.waitFor({ state: 'detached' });
      const { items } = await here.call('GET', '/schedules');
      expect(items).toMatchObject([{ name: 'weekly report', cron: '30 7 * * 5', timezone: 'Asia/Tokyo' }]);

      const report = item(visit, 'weekly report');
      await report.getByRole('button', { name: 'Run now' }).click();
      await report.getByRole('link', { name: /^Completed, / }).waitFor();
      await report.getByRole('button', { name: 'Pause' }).click();
      await report.getByText('Paused', { exact: true }).waitFor();
      expect(await here.call('GET', `/schedules/${items[0].id}`)).toMatchObject({ enabled: false, nextFireAt: null });
      await report.getByRole('button', { name: 'Delete' }).click();
      await confirm(visit, 'Delete');
      await page.getByText('Nothing is scheduled').waitFor();
    });
  });

  it('keeps a form open when a selection of text ends outside of it', async () => {
    await visiting('schedules', async ({ page }) => {
      await page.getByRole('button', { name: 'New schedule' }).first().click();
      const dialog = page.getByRole('dialog');
      const name = dialog.getByLabel('Name');
      await name.fill('nightly');
      const box = await name.boundingBox();
      await page.mouse.move((box?.x ?? 0) + 5, (box?.y ?? 0) + 5);
      await page.mouse.down();
      await page.mouse.move(5, 5);
      await page.mouse.up();
      expect(await name.inputValue()).toBe('nightly');
      await page.mouse.click(5, 5);
      await dialog.waitFor({ state: 'detached' });
    });
  });

  it('says what is wrong where it is, and changes only what was changed', async () => {
    const task = { command: 'true', env: { KEY: 'secret' } };
    const { id } = await here.call('POST', '/schedules', { name: 'every day', cron: '0 3 * * *', task });
    await visiting('schedules', async (visit) => {
      await item(visit, 'every day').getByRole('button', { name: 'Edit' }).click();
      const dialog = visit.page.getByRole('dialog');
      await dialog.getByLabel('Runs').selectOption('custom');
      await dialog.getByLabel('Cron fields').fill('0 25 * * *');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText('bad hours field').waitFor();
      expect(await dialog.getByLabel('Cron fields').getAttribute('aria-invalid')).toBe('true');
      await dialog.getByLabel('Cron fields').fill('0 5 * * *');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await here.call('GET', `/schedules/${id}`)).toMatchObject({ cron: '0 5 * * *', task: { env: ['KEY'] } });
      // What the server refuses is an error of the console as well.
      expect(visit.complaints.splice(0)).toEqual([expect.stringContaining('400')]);
    });
  });
});

describe('the page of workers', () => {
  it('drains a worker and resumes it, and leads to what runs on it', async () => {
    await here.startWorker({ WORKER_TAGS: 'gpu' });
    await here.call('POST', '/tasks', { command: 'until [ -e go ]; do sleep 0.1; done' });
    await visiting('workers', async (visit) => {
      const card = visit.page.getByRole('region', { name: 'test-worker' });
      await card.getByText('gpu', { exact: true }).waitFor();
      await card.getByRole('link', { name: /until/ }).waitFor();
      await card.getByRole('button', { name: 'Drain' }).click();
      await confirm(visit, 'Drain');
      await card.getByText('Draining', { exact: true }).waitFor();
      expect(await here.call('GET', '/workers/test-worker')).toMatchObject({ status: 'draining' });
      await card.getByRole('button', { name: 'Resume' }).click();
      await card.getByText('Online', { exact: true }).waitFor();
      await here.call('POST', '/files/write?wait=60000', { path: '~/go', content: '' });
      await card.getByText('0 of 3 busy').waitFor();
    });
  });
});

describe('the page of the audit', () => {
  it('filters by its address, unfolds entries, verifies the chain and exports it', async () => {
    await here.call('POST', '/tasks', { command: 'echo audited' });
    await visiting('audit', async (visit) => {
      const { page } = visit;
      const entries = page.getByRole('region', { name: 'Entries' });
      await page.getByLabel('Action', { exact: true }).selectOption('task.submitted');
      await page.waitForURL(/action=task\.submitted/);
      await entries.getByText('server.started').waitFor({ state: 'detached' });
      await entries.getByText('echo audited').first().click();
      await entries.getByText('A task was accepted').waitFor();
      await entries.getByText('"command": "echo audited"').waitFor();
      expect(await entries.getByRole('listitem').count()).toBe(1);
      await page.getByLabel('Search the audit').fill('no such words');
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      await page.getByText('No entry fits').waitFor();
      await page.getByRole('button', { name: 'Clear the filters' }).click();
      await entries.getByText('server.started').first().waitFor();
      await page.getByRole('button', { name: 'Verify' }).click();
      await page.getByText('The chain is whole').waitFor();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export' }).click(),
      ]);
      const lines = readFileSync(await download.path(), 'utf8')
        .trim()
        .split('\n');
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ seq: 1 });
      expect(lines.length).toBeGreaterThan(2);
    });
  });
});

describe('the page of tokens', () => {
  it('makes a token that is shown once, gives it a new secret and revokes it', async () => {
    await visiting('tokens', async (visit) => {
      const { page } = visit;
      await page.getByRole('button', { name: 'New token' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('phone');
      await dialog.getByRole('radio', { name: /^viewer/ }).check();
      await dialog.getByRole('button', { name: 'Create token' }).click();
      const secret = page.getByRole('region', { name: 'New secret' });
      const first = (await secret.locator('code').textContent()) ?? '';
      expect(await statusWith(first)).toBe(200);
      await secret.getByRole('button', { name: 'I have it' }).click();
      expect(await page.content()).not.toContain(first);

      const phone = page.getByRole('listitem').filter({ hasText: 'phone' }).first();
      await phone.getByRole('button', { name: 'Rotate' }).click();
      await confirm(visit, 'Rotate');
      const second = (await secret.locator('code').textContent()) ?? '';
      expect([await statusWith(first), await statusWith(second)]).toEqual([401, 200]);
      await page.reload();
      await phone.getByRole('button', { name: 'Revoke' }).click();
      expect(await page.content()).not.toContain(second);
      await confirm(visit, 'Revoke');
      await phone.waitFor({ state: 'detached' });
      expect(await statusWith(second)).toBe(401);
    });
  });
});

describe('a token that rotates itself', () => {
  it('is shown, and the page goes on with it', async () => {
    const { token } = await here.call('POST', '/tokens', { name: 'me', role: 'admin' });
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn('/ui/tokens', token);
    await page.getByRole('button', { name: 'Rotate' }).click();
    await confirm(visit, 'Rotate');
    const shown = page.getByRole('region', { name: 'New secret' }).locator('code');
    const second = (await shown.textContent()) ?? '';
    await page.getByRole('listitem').filter({ hasText: 'You' }).filter({ hasText: 'Rotated' }).waitFor();
    expect(await shown.textContent()).toBe(second);
    await page.reload();
    await page.getByRole('heading', { name: 'Tokens' }).waitFor();
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).toContain(second);
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });
});

describe('the page of webhooks', () => {
  it('makes a webhook whose secret is shown once, tries it out, pauses, rotates and deletes it', async () => {
    await here.stopApi();
    await here.startApi({ WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1' });
    const receiver = await Receiver.listen();
    await visiting('webhooks', async (visit) => {
      const { page } = visit;
      await page.getByText('Nobody is told of what happens').waitFor();
      await page.getByRole('button', { name: 'New webhook' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('URL').fill(receiver.url);
      await dialog.getByLabel('Description').fill('deploys');
      await dialog.getByLabel('worker.offline').check();
      await dialog.getByLabel('task.expired').uncheck();
      await dialog.getByRole('button', { name: 'Create webhook' }).click();
      const shown = page.getByRole('region', { name: 'New secret' });
      const first = (await shown.locator('code').textContent()) ?? '';
      await shown.getByRole('button', { name: 'I have it' }).click();
      expect(await page.content()).not.toContain(first);
      const { items } = await here.call('GET', '/webhooks');
      expect(items[0].events).toContain('worker.offline');
      expect(items[0].events).not.toContain('task.expired');

      const item = page.getByRole('region', { name: 'Webhooks' }).getByRole('listitem').filter({ hasText: 'deploys' });
      await item.getByRole('button', { name: 'Test' }).click();
      const deliveries = page.getByRole('region', { name: 'Deliveries' });
      await deliveries.getByRole('listitem').filter({ hasText: 'Delivered' }).waitFor();
      const [{ body, headers }] = (await receiver.first(1)) as [Received];
      expect(() => new Webhook(first).verify(body, headers)).not.toThrow();
      await deliveries.getByRole('button', { name: 'Send again' }).click();
      const [, again] = await receiver.first(2);
      expect(again?.headers['webhook-id']).toBe(headers['webhook-id']);

      await item.getByRole('button', { name: 'Rotate' }).click();
      await confirm(visit, 'Rotate');
      const second = (await shown.locator('code').textContent()) ?? '';
      expect(second).toMatch(/^whsec_/);
      expect(second).not.toBe(first);
      await item.getByRole('button', { name: 'Pause' }).click();
      await item.getByText('Paused', { exact: true }).waitFor();
      await item.getByRole('button', { name: 'Edit' }).click();
      await dialog.getByLabel('Description').fill('releases');
      await dialog.getByRole('button', { name: 'Save' }).click();
      const renamed = page.getByRole('listitem').filter({ hasText: 'releases' }).first();
      await renamed.getByRole('button', { name: 'Delete' }).click();
      await confirm(visit, 'Delete');
      await page.getByText('Nobody is told of what happens').waitFor();

      await page.getByRole('button', { name: 'Secret of tasks' }).click();
      await confirm(visit, 'Rotate');
      expect(await shown.locator('code').textContent()).toMatch(/^whsec_/);
      await page.reload();
      await page.getByRole('button', { name: 'Secret of tasks' }).waitFor();
      expect(await page.content()).not.toContain('whsec_');
    });
    await receiver.close();
  });
});

describe('what a role may not do', () => {
  it.each([
    ['viewer', { audit: true, steer: false }],
    ['client', { audit: false, steer: false }],
    ['admin', { audit: true, steer: true }],
  ])('is not shown to a %s', async (role, { audit, steer }) => {
    await here.startWorker();
    await here.call('POST', '/schedules', { name: 'nightly', cron: '0 3 * * *', task: { command: 'true' } });
    await visiting(
      'schedules',
      async ({ page }) => {
        await page.getByText('nightly', { exact: true }).waitFor();
        const count = (name: string) => page.getByRole('button', { name }).count();
        expect(await count('New schedule')).toBe(role === 'viewer' ? 0 : 1);
        expect(await count('Run now')).toBe(role === 'viewer' ? 0 : 1);
        const pages = page.getByRole('navigation', { name: 'Pages' }).first();
        expect(await pages.getByRole('link', { name: 'Audit' }).count()).toBe(audit ? 1 : 0);
        for (const name of ['Tokens', 'Webhooks']) {
          expect(await pages.getByRole('link', { name }).count()).toBe(steer ? 1 : 0);
        }
        await pages.getByRole('link', { name: 'Workers' }).click();
        await page.getByRole('region', { name: 'test-worker' }).waitFor();
        expect(await count('Drain')).toBe(steer ? 1 : 0);
        await pages.getByRole('link', { name: 'System' }).click();
        await page.getByText('The database answers').waitFor();
      },
      await tokenOf(role),
    );
  });

  it('is told to who goes to the address of a page that is not theirs', async () => {
    const token = await tokenOf('client');
    for (const path of ['audit', 'webhooks', 'tokens']) {
      await visiting(path, ({ page }) => page.getByText('This token may not see that').waitFor(), token);
    }
  });
});

describe('these pages', () => {
  it('show what somebody has typed as it is, and run none of it', async () => {
    const attack = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>';
    const task = { command: attack, cwd: '~' };
    const { id } = await here.call('POST', '/schedules', { name: attack, cron: '0 3 * * *', task });
    await here.call('POST', `/schedules/${id}/run`, {});
    await here.call('POST', '/tokens', { name: attack, role: 'viewer' });
    const url = `http://127.0.0.1:9/?q=${attack}`;
    const webhook = await here.call('POST', '/webhooks', { url, description: attack });
    await here.call('POST', `/webhooks/${webhook.id}/test`, {});
    await here.call('POST', `/tasks`, { command: 'true', webhook: url, expiresIn: 1 });
    const worker = { name: 'other', id: randomUUID(), generation: 1, hostname: attack, platform: 'linux' };
    await here.call('POST', '/worker/poll', { worker, seq: 1, wait: 0, max: 0 });
    await fetch(`${here.url}/tasks`, { headers: { Authorization: 'Bearer x', 'User-Agent': attack } });
    const visit = await Visit.open(browser, here.url);
    await visit.signIn('/ui/schedules');
    const { page } = visit;
    for (const path of ['schedules', 'workers', 'webhooks', 'tokens', 'audit']) {
      await page
        .getByRole('navigation', { name: 'Pages' })
        .first()
        .getByRole('link', { name: new RegExp(path, 'i') })
        .click();
      await page.getByRole('heading', { level: 1, name: new RegExp(path, 'i') }).waitFor();
      if (path === 'audit') {
        await page.getByRole('region', { name: 'Entries' }).getByText('token.created').first().waitFor();
        for (const line of await page.locator('summary').all()) await line.click();
      }
      await page.getByRole('main').getByText(attack).first().waitFor();
      if (path === 'schedules') {
        for (const name of ['Edit', 'Delete']) {
          await page.getByRole('button', { name }).click();
          await page.getByRole('dialog').waitFor();
          await page.keyboard.press('Escape');
        }
      }
      expect(await page.evaluate('window.ran')).toBeUndefined();
      expect(await page.locator('main img, main script').count()).toBe(0);
    }
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it.each(['light', 'dark'] as const)('have no barriers and fit a phone, in the %s theme', async (colorScheme) => {
    await here.startWorker({ WORKER_TAGS: 'gpu' });
    const task = { command: 'false' };
    const { id } = await here.call('POST', '/schedules', { name: 'nightly', cron: '0 3 * * *', task });
    await here.run(`/schedules/${id}/run`, {});
    await here.call('POST', '/schedules', { name: 'paused', cron: '@every 90s', task, enabled: false });
    await tokenOf('viewer');
    const webhook = await here.call('POST', '/webhooks', { url: 'http://127.0.0.1:9/hook', description: 'deploys' });
    await here.call('POST', `/webhooks/${webhook.id}/test`, {});
    const phone = { width: 375, height: 720 };
    for (const viewport of [phone, { width: 1280, height: 800 }]) {
      const visit = await Visit.open(browser, here.url, { colorScheme, viewport, reducedMotion: 'reduce' });
      const { page } = visit;
      await visit.signIn('/ui/schedules');
      for (const path of PAGES) {
        await visit.go(`/ui/${path}`);
        await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
        await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
        expect([path, await visit.barriers()]).toEqual([path, []]);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        expect([path, width]).toEqual([path, viewport.width]);
      }
      await visit.go('/ui/schedules');
      await page.getByRole('button', { name: 'New schedule' }).click();
      await page.getByText('Next ten times').last().click();
      expect(await visit.barriers()).toEqual([]);
      expect(visit.complaints).toEqual([]);
      await visit.close();
    }
  });
});
