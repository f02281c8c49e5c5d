import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pidIn } from '../testing/processes.js';
import { type LoginShellOptions, resolveLoginShell } from './login-shell.js';
import { findProgram } from './program-path.js';

const PATH = '/usr/local/bin:/usr/bin:/bin';

/** Where each shell that this machine has reads what a login sets up. */
const PROFILES: [shell: string, profile: string][] = [];
for (const [name, profile] of [
  ['sh', '.profile'],
  ['bash', '.bash_profile'],
  ['dash', '.profile'],
  ['ksh', '.profile'],
  ['zsh', '.zprofile'],
]) {
  const shell = name && (await findProgram(name, PATH));
  if (shell && profile) PROFILES.push([shell, profile]);
}

describe('resolveLoginShell', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'login-spec-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  function resolve(overrides: Partial<LoginShellOptions> = {}) {
    const env = { PATH, HOME: home, WORKER_TOKEN: 'secret-token-of-16' };
    return resolveLoginShell({
      configured: undefined,
      userShell: '/bin/sh',
      timeoutMs: 60_000,
      env,
      home,
      ...overrides,
    });
  }
  async function script(text: string): Promise<string> {
    const path = join(home, 'shell');
    await writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return path;
  }

  it.each(PROFILES)('learns the PATH that %s sets up at a login', async (shell, profile) => {
    await writeFile(join(home, profile), 'PATH="/from/the profile:$PATH"\nexport PATH\n');
    const { path, env, warning } = await resolve({ configured: shell });
    expect({ path, warning }).toEqual({ path: shell, warning: null });
    expect(env.PATH?.split(':')[0]).toBe('/from/the profile');
  });

  it('finds the PATH in whatever the profile prints, and is not held up by what it asks or leaves running', async () => {
    const profile = [
      'head -c 3000000 /dev/zero; echo "Welcome: $PATH"; echo noise >&2',
      'read -r answer',
      'sleep 1000 & echo $! > background',
      'PATH=/from/profile; trap "echo; echo Goodbye" EXIT',
    ];
    await writeFile(join(home, '.profile'), `${profile.join('\n')}\n`);
    const { env, warning } = await resolve();
    process.kill(await pidIn(join(home, 'background')), 'SIGKILL');
    expect({ path: env.PATH, warning }).toEqual({ path: '/from/profile', warning: null });
  });

  it("keeps the worker's settings from the shell and from the tasks", async () => {
    await writeFile(join(home, '.profile'), '/usr/bin/env > seen\n');
    const { env } = await resolve({ env: { PATH, HOME: home, WORKER_TOKEN: 'secret', LOG_LEVEL: 'debug', LANG: 'C' } });
    expect(env).toEqual({ PATH: expect.any(String), HOME: home, LANG: 'C' });
    expect(await readFile(join(home, 'seen'), 'utf8')).not.toMatch(/WORKER_TOKEN|LOG_LEVEL/);
  });

  it('keeps the PATH there is when the profile takes too long', async () => {
    const shell = await script('trap "" TERM; sleep 1000');
    const { path, env, warning } = await resolve({ configured: shell, timeoutMs: 100 });
    expect({ path, PATH: env.PATH }).toEqual({ path: shell, PATH });
    expect(warning).toBe(
      `${shell} as a login shell failed (took longer than 100 ms): tasks keep the PATH of the worker`,
    );
  });

  it.each([
    ['fails', 'echo "no such option" >&2; exit 2', 'told no PATH (exit code 2: no such option)'],
    ['prints something else', 'echo /usr/bin', 'told no PATH (exit code 0)'],
    ['is ended', 'kill -KILL $$', 'failed (ended by signal SIGKILL)'],
    ['has an empty PATH', 'PATH=; while [ "$1" != -c ]; do shift; done; eval "$2"', 'told no PATH (exit code 0)'],
  ])('keeps the PATH there is when the shell %s', async (_, text, reason) => {
    const { env, warning } = await resolve({ configured: await script(text) });
    expect(env.PATH).toBe(PATH);
    expect(warning).toContain(reason);
  });

  it('keeps the PATH there is when there is no home folder to log in to', async () => {
    const { env, warning } = await resolve({ home: join(home, 'missing') });
    expect(env.PATH).toBe(PATH);
    expect(warning).toMatch(/missing" does not exist/);
  });

  it.each([
    ['the user has one', '/bin/bash', '/bin/bash'],
    ['the user has none', null, '/bin/sh'],
    ['the entry of the user is empty', '', '/bin/sh'],
    ['the user is not to log in', '/usr/sbin/nologin', '/bin/sh'],
    ['the user is not to log in, otherwise', '/bin/false', '/bin/sh'],
    ["the user's is missing", '/missing/zsh', '/bin/sh'],
    ["the user's cannot be run", '/etc/passwd', '/bin/sh'],
  ])('chooses a shell when %s', async (_, userShell, path) => {
    expect((await resolve({ userShell })).path).toBe(path);
  });

  it('refuses a configured shell that cannot be run', async () => {
    await expect(resolve({ configured: '/missing/zsh' })).rejects.toThrow(
      'WORKER_SHELL is "/missing/zsh", which is no program that can be run',
    );
  });
});
