import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ocw } from './ocw.js';
import { Installation, ROOT } from './programs.js';

let here: Installation;
let cli: Ocw;
beforeEach(async () => {
  here = new Installation();
  await here.startApi();
  cli = new Ocw(here);
});
afterEach(() => here.end());

describe('ocw', () => {
  it('makes, shows, pauses, runs and removes schedules', async () => {
    const nightly = ['nightly', '0 3 * * *', '--timezone', 'Europe/Berlin', '--', 'echo', 'a b'];
    const made = await cli.run(['schedule', 'add', ...nightly], { env: { TZ: 'Asia/Tokyo' } });
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/times +at 03:00, every day \(0 3 \* \* \*, Europe\/Berlin\)/);
    const [titles, ...times] = made.stdout.trimEnd().split('\n').slice(-6);
    expect(titles).toMatch(/^NEXT, Europe\/Berlin +NEXT, Asia\/Tokyo$/);
    // Tokyo is eight hours before Berlin in winter, seven in summer.
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\d 03:00:00 +\d{4}-\d\d-\d\d 1[01]:00:00$/);
    expect((await cli.run(['schedule'])).stdout).toMatch(/nightly +on +\d{4}-[\d: -]+ at 03:00, every day +echo 'a b'/);
    expect((await cli.run(['schedule', 'pause', 'nightly'])).stdout).toMatch(/paused/);
    const id = (await cli.run(['schedule', 'run', 'nightly'])).stdout.trim();
    expect((await cli.json(['show', id])).command).toBe("echo 'a b'");
    expect((await cli.run(['schedule', 'rm', 'nightly'])).stdout).toBe('nightly is removed; its tasks stay.\n');
    expect(await cli.run(['schedule', 'rm', 'nightly'])).toMatchObject({ code: 2 });
  });

  it('makes tokens, whose secrets alone go to standard output, rotates and ends them', async () => {
    const made = await cli.run(['tokens', 'add', 'phone', '--role', 'viewer']);
    const token = made.stdout.trim();
    expect(made.stderr).toBe('ocw: the token phone (viewer) is shown this once:\n');
    const asPhone = { env: { OCW_TOKEN: token } };
    expect((await cli.run(['ls'], asPhone)).stdout).toBe('No such tasks.\n');
    const refused = await cli.run(['run', '-d', 'true'], asPhone);
    expect(refused.code).toBe(1);
    const next = (await cli.run(['tokens', 'rotate', 'phone'])).stdout.trim();
    expect((await cli.run(['ls'], asPhone)).stderr).toMatch(/does not take this token/);
    expect((await cli.run(['ls'], { env: { OCW_TOKEN: next } })).code).toBe(0);
    expect((await cli.run(['tokens'])).stdout).toMatch(/phone +viewer/);
    expect((await cli.run(['tokens', 'revoke', 'phone'])).code).toBe(0);
    expect((await cli.run(['tokens'])).stdout).toMatch(/^There is no token but the WORKER_TOKEN/);
  });

  it('lists, exports and verifies the audit', async () => {
    await cli.run(['run', '-d', 'echo one']);
    expect((await cli.run(['audit', '--action', 'task.submitted'])).stdout).toMatch(
      /WORKER_TOKEN +task\.submitted +- +echo one/,
    );
    const lines = (await cli.run(['audit', 'export', '--action', 'task.submitted'])).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).action)).toEqual(['task.submitted']);
    expect((await cli.run(['audit', 'verify'])).stdout).toMatch(/^The audit is what was written: \d+ entries, from 1 /);
  });

  it('verifies an export, or a copy of the database, away from the server', async () => {
    await cli.run(['run', '-d', 'echo one']);
    const whole = (await cli.run(['audit', 'export'])).stdout;
    const file = join(here.folder, 'audit.ndjson');
    writeFileSync(file, whole);
    // No server is asked, and no token is needed.
    const alone = { OCW_URL: '', OCW_TOKEN: '' };
    const verify = (args: string[], stdin?: string) => cli.run(['audit', 'verify', ...args], { env: alone, stdin });
    expect(await verify([file])).toMatchObject({ code: 0, stdout: expect.stringMatching(/is what was written/) });
    const changed = await verify(['-', '--json'], whole.replace('echo one', 'echo two'));
    expect(changed.code).toBe(1);
    expect(JSON.parse(changed.stdout)).toMatchObject({ ok: false, reason: expect.stringMatching(/content/) });
    expect(await verify([join(here.folder, 'data/openclaw.db')])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/is what was written/),
    });
    expect(await verify([join(ROOT, 'README.md')])).toMatchObject({ code: 2 });
    expect(await verify(['/none'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^ocw: \/none cannot be read/),
    });
  });

  it('lets a worker finish and take tasks again', async () => {
    expect((await cli.run(['workers'])).stdout).toMatch(/No worker has ever come/);
    await here.startWorker();
    expect((await cli.run(['drain', 'test-worker'])).stdout).toMatch(/takes nothing new/);
    expect((await cli.run(['workers'])).stdout).toMatch(/test-worker +draining +0\/3/);
    expect((await cli.run(['resume', 'test-worker'])).stdout).toBe('test-worker takes tasks again.\n');
  });
});
