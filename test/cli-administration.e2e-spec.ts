import { readFileSync } from 'node:fs';
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
    const made = await cli.run([
      'schedule',
      'add',
      'nightly',
      '0 3 * * *',
      '--timezone',
      'Europe/Berlin',
      '--',
      'echo',
      'a b',
    ]);
    expect(made.code).toBe(0);
    expect(made.stdout.match(/\(Europe\/Berlin\)/g)).toHaveLength(5);
    expect((await cli.run(['schedule'])).stdout).toMatch(/nightly +0 3 \* \* \* +on .*echo 'a b'/);
    expect((await cli.run(['schedule', 'pause', 'nightly'])).stdout).toMatch(/paused/);
    const id = (await cli.run(['schedule', 'run', 'nightly'])).stdout.trim();
    expect(JSON.parse((await cli.run(['show', id, '--json'])).stdout).command).toBe("echo 'a b'");
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
    expect((await cli.run(['ls'], asPhone)).stderr).toMatch(/run `ocw login` with a token that is valid/);
    expect((await cli.run(['ls'], { env: { OCW_TOKEN: next } })).code).toBe(0);
    expect((await cli.run(['tokens'])).stdout).toMatch(/phone +viewer/);
    expect((await cli.run(['tokens', 'revoke', 'phone'])).code).toBe(0);
    expect((await cli.run(['tokens'])).stdout).toBe('There is no token but the WORKER_TOKEN of the server.\n');
  });

  it('lists, exports and verifies the audit', async () => {
    await cli.run(['run', '-d', 'echo one']);
    expect((await cli.run(['audit', '--action', 'task.submitted'])).stdout).toMatch(
      /WORKER_TOKEN +task\.submitted +- +echo one/,
    );
    const lines = (await cli.run(['audit', 'export', '--action', 'task.submitted'])).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).action)).toEqual(['task.submitted']);
    expect((await cli.run(['audit', 'verify'])).stdout).toMatch(/^\d+ entries, unbroken up to \d+: [0-9a-f]{64}\n$/);
  });

  it('lets a worker finish and take tasks again', async () => {
    expect((await cli.run(['workers'])).stdout).toMatch(/No worker has ever come/);
    await here.startWorker();
    expect((await cli.run(['drain', 'test-worker'])).stdout).toMatch(/takes nothing new/);
    expect((await cli.run(['workers'])).stdout).toMatch(/test-worker +draining +0\/3/);
    expect((await cli.run(['resume', 'test-worker'])).stdout).toBe('test-worker takes tasks again.\n');
  });

  it('completes commands, options, and what the server knows', async () => {
    await here.startWorker();
    const id = (await cli.run(['run', '-d', 'true'])).stdout.trim();
    const complete = async (...words: string[]) =>
      (await cli.run(['__complete', ...words])).stdout.split('\n').filter(Boolean);
    expect(await complete('ca')).toEqual(['cancel', 'cat']);
    expect(await complete('schedule', 'pa')).toEqual(['pause']);
    expect(await complete('show', id.slice(0, 8))).toEqual([id]);
    expect(await complete('run', '-w', '')).toEqual(['test-worker']);
    expect(await complete('ls', '--status', 'time')).toEqual(['timed_out']);
    expect(await complete('run', '--det')).toEqual(['--detach']);
    expect((await cli.run(['completion', 'bash'])).stdout).toContain('complete -o default -F _ocw ocw');
  });

  it('has every command that its page shows', async () => {
    const { stdout } = await cli.run(['--help']);
    const shown = new Set(
      [...readFileSync(join(ROOT, 'docs/cli.md'), 'utf8').matchAll(/\bocw ([a-z]+)\b/g)].map(([, name]) => name),
    );
    expect(shown.size).toBeGreaterThan(20);
    for (const name of shown) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  });
});
