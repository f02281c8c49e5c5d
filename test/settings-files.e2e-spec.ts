import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadConfig as loadServerConfig } from '../apps/api/src/config.js';
import { loadConfig as loadWorkerConfig } from '../apps/worker/src/config.js';
import { ROOT, TOKEN } from './programs.js';

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
/** The assignments of an env file; with `disabled`, those that are commented out as well. */
const assignments = (name: string, disabled = false) => {
  const pattern = disabled ? /^#?([A-Z][A-Z_]+)=(.*)$/gm : /^([A-Z][A-Z_]+)=(.*)$/gm;
  return Object.fromEntries([...read(name).matchAll(pattern)].map(([, key, value]) => [key, value]));
};
const documented = (section: string) =>
  (
    read('docs/configuration.md')
      .split(/^## /m)
      .find((part) => part.startsWith(section)) ?? ''
  )
    .match(/(?<=^\| `)\w+(?=` \|)/gm)
    ?.sort() ?? [];

describe('.env.example', () => {
  it('has every setting of docs/configuration.md, no more and no fewer', () => {
    const all = new Set([...documented('Server'), ...documented('Worker')]);
    expect(Object.keys(assignments('.env.example', true)).sort()).toEqual([...all].sort());
  });

  it('shows defaults and examples that both programs take', () => {
    const env = { ...assignments('.env.example', true), WORKER_TOKEN: TOKEN };
    expect(loadServerConfig(env)).toEqual({
      ...loadServerConfig({ WORKER_TOKEN: TOKEN }),
      warnings: expect.anything(),
    });
    expect(loadWorkerConfig(env)).toEqual(loadWorkerConfig({ WORKER_TOKEN: TOKEN }));
  });
});

describe.each([
  ['.env.example', 'Server'],
  ['deploy/api.env.example', 'Server'],
  ['deploy/worker.env.example', 'Worker'],
])('%s', (name, section) => {
  it('holds a token that the server refuses', () => {
    const { WORKER_TOKEN } = assignments(name);
    expect(() => loadServerConfig({ WORKER_TOKEN })).toThrow('WORKER_TOKEN is a well-known placeholder');
  });

  it('names settings that there are', () => {
    const known = name === '.env.example' ? [...documented('Server'), ...documented('Worker')] : documented(section);
    const named = Object.keys(assignments(name, true)).filter((key) => key !== 'NODE_EXTRA_CA_CERTS');
    expect(known).toEqual(expect.arrayContaining(named));
  });
});

describe('deploy/run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  const settings = join(folder, 'settings.env');
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs it with a Node that tells what it is given. */
  function run(text: string, mode = 0o600, args = ['worker']) {
    const node = join(folder, 'node');
    writeFileSync(node, '#!/bin/sh\npwd\necho "$@"\nenv\n', { mode: 0o755 });
    writeFileSync(settings, text);
    chmodSync(settings, mode);
    const env = { PATH: process.env.PATH, HOME: folder, OPENCLAW_ENV_FILE: settings, OPENCLAW_NODE: node };
    const { status, stdout, stderr } = spawnSync(join(ROOT, 'deploy/run'), args, { env, encoding: 'utf8', cwd: '/' });
    const [cwd, started, ...lines] = stdout.split('\n');
    return { status, stderr, cwd: `${cwd}/`, started, lines };
  }

  it('starts the program in its folder, with the settings in its environment before Node begins', () => {
    const { status, cwd, started, lines } = run(
      [
        '# a comment',
        '',
        `WORKER_TOKEN=${TOKEN}`,
        'NODE_EXTRA_CA_CERTS="/my files/root.pem"',
        "WORKER_TAGS='a,b'",
      ].join('\n'),
    );
    expect([status, cwd, started]).toEqual([0, ROOT, 'dist/apps/worker/main.js']);
    expect(lines).toEqual(
      expect.arrayContaining([`WORKER_TOKEN=${TOKEN}`, 'NODE_EXTRA_CA_CERTS=/my files/root.pem', 'WORKER_TAGS=a,b']),
    );
    expect(lines.join()).not.toContain('OPENCLAW_ENV_FILE');
  });

  it('expands and runs nothing that a value holds', () => {
    const value = '$(touch ran)`touch ran`$HOME;&|#"';
    expect(run(`WORKER_NAME=${value}\n`).lines).toContain(`WORKER_NAME=${value}`);
  });

  it('refuses what is no assignment, without repeating it', () => {
    for (const line of ['nonsense secret', '=secret', '2X=secret', 'A B=secret', 'X;id=secret']) {
      const { status, stderr } = run(`${line}\n`);
      expect([status, stderr]).toEqual([1, `deploy/run: ${settings} has a line that is not NAME=value\n`]);
    }
  });

  it.each([0o640, 0o604, 0o620, 0o602])('refuses a file that others may open: mode %o', (mode) => {
    expect(run('X=1\n', mode)).toMatchObject({ status: 1, stderr: expect.stringContaining(`chmod 600 ${settings}`) });
  });

  it('says what it can start', () => {
    expect(run('', 0o600, [])).toMatchObject({ status: 1, stderr: expect.stringContaining('deploy/run api') });
    expect(run('', 0o600, ['../x'])).toMatchObject({ status: 1 });
  });
});
