import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type Installation, ROOT, TOKEN } from '../programs.js';
import { forEachTest, Visit } from './browser.js';

let browser: Browser;
let here: Installation;
forEachTest((fresh) => {
  ({ browser, here } = fresh);
});

/** Bytes that a browser which takes gzip alone is sent of the files at `paths`. */
function gzipped(paths: string[]): number {
  const sizeOf = (path: string) => statSync(join(ROOT, 'dist/apps/web', path), { throwIfNoEntry: false })?.size;
  return paths.reduce((sum, path) => sum + (sizeOf(`${path}.gz`) ?? sizeOf(path) ?? 0), 0);
}

describe('the web page', () => {
  it.each(['light', 'dark'] as const)('has no barriers before and after signing in, in the %s theme', async (theme) => {
    await here.startWorker();
    await here.run('/tasks', { command: 'echo out; echo err >&2; false' });
    await here.call('POST', '/tasks', { command: 'make', worker: 'elsewhere' });
    await here.call('POST', '/schedules', { name: 'nightly', cron: '0 3 * * *', task: { command: 'true' } });
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 320, height: 640 },
    ]) {
      const visit = await Visit.open(browser, here.url, { colorScheme: theme, viewport, reducedMotion: 'reduce' });
      await visit.go();
      await visit.page.getByRole('button', { name: 'Sign in' }).waitFor();
      expect(await visit.barriers()).toEqual([]);
      await visit.signIn();
      await visit.page.getByText('At 03:00').waitFor();
      await visit.page.locator('canvas').waitFor();
      expect(await visit.barriers()).toEqual([]);
      const width = await visit.page.evaluate('document.documentElement.scrollWidth');
      expect(width).toBe(viewport.width);
      expect(visit.complaints).toEqual([]);
      await visit.close();
    }
  });

  it('loads less than 200 kB at first', async () => {
    const visit = await Visit.open(browser, here.url);
    const paths: string[] = [];
    visit.page.on('request', (request) => paths.push(new URL(request.url()).pathname));
    await visit.signIn();
    await visit.page.locator('canvas').waitFor();
    const files = paths.filter((path) => /^\/(assets\/|theme)/.test(path));
    expect(files.length).toBeGreaterThan(3);
    expect(gzipped([...new Set(files), '/index.html'])).toBeLessThan(200_000);
    await visit.close();
  });

  it('keeps the token for the tab alone, and nowhere in an address', async () => {
    const visit = await Visit.open(browser, here.url);
    const urls: string[] = [];
    visit.page.on('request', (request) => urls.push(request.url()));
    await visit.signIn();
    await visit.page.reload();
    await visit.page.getByRole('heading', { name: 'Now' }).waitFor();
    expect(urls.join()).not.toContain(TOKEN);
    expect(await visit.page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toContain(TOKEN);
    await visit.page.getByRole('button', { name: /account$/ }).click();
    await visit.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await visit.page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await visit.page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(TOKEN);
    await visit.close();
  });

  it('asks for a token again when the one it has is revoked, and then goes on where it was', async () => {
    const { id, token } = await here.call('POST', '/tokens', { name: 'phone', role: 'viewer' });
    const visit = await Visit.open(browser, here.url);
    await visit.signIn('/ui/tasks?status=failed', token);
    await here.call('DELETE', `/tokens/${id}`);
    await visit.page.getByText('You have been signed out').waitFor();
    const { page } = visit;
    await page.getByLabel('Token', { exact: true }).fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Tasks' }).waitFor();
    expect(page.url()).toBe(`${here.url}/ui/tasks?status=failed`);
    await visit.close();
  });

  it('is not signed out by a limit of calls', async () => {
    const visit = await Visit.open(browser, here.url);
    const { page } = visit;
    await visit.signIn();
    const current = '**/tokens/current';
    await page.route(current, (route) => route.fulfill({ status: 429, headers: { 'Retry-After': '60' } }));
    await page.reload();
    await page.getByText('The server cannot be reached').waitFor();
    await page.unroute(current);
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    await visit.close();
  });

  it('says that the server cannot be reached, and goes on by itself when it is back', async () => {
    const visit = await Visit.open(browser, here.url);
    await visit.signIn();
    await here.stopApi();
    await visit.page.getByText('The server cannot be reached; trying again').waitFor();
    await here.startApi();
    await visit.page.getByText('The server cannot be reached; trying again').waitFor({ state: 'detached' });
    await here.call('POST', '/tasks', { command: 'echo after the outage' });
    await visit.page.getByRole('region', { name: 'Waiting' }).getByText('echo after the outage').waitFor();
    await visit.close();
  });

  it('does not sign in with what is no token for people', async () => {
    const { token } = await here.call('POST', '/tokens', { name: 'mac', role: 'worker' });
    const visit = await Visit.open(browser, here.url);
    await visit.go();
    const { page } = visit;
    const attempt = async (text: string) => {
      await page.getByLabel('Token', { exact: true }).fill(text);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await attempt('not-a-token');
    await page.getByText('The server does not know this token').waitFor();
    await attempt(token);
    await page.getByText('This token is for workers').waitFor();
    await visit.close();
  });
});
