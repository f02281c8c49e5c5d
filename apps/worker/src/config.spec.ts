import { describe, expect, it } from '@jest/globals';
import { TASK_TYPES } from '#contracts';
import { ConfigError, loadConfig } from './config.js';

const TOKEN = 'a-token-of-25-characters!';
const MACHINE = { hostname: 'mac.local', home: '/home/ann' };
const load = (env: Record<string, string>) => loadConfig({ WORKER_TOKEN: TOKEN, ...env }, MACHINE);

function problemsOf(env: Record<string, string | undefined>): string[] {
  try {
    loadConfig({ WORKER_TOKEN: TOKEN, ...env }, MACHINE);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing but a token', () => {
    expect(load({})).toEqual({
      token: TOKEN,
      url: 'http://127.0.0.1:3456',
      name: 'mac.local',
      tags: [],
      kinds: [...TASK_TYPES],
      maxConcurrent: 3,
      longPollWait: 30_000,
      pollInterval: 500,
      maxOutputBytes: 10_485_760,
      shell: undefined,
      spoolDir: '/home/ann/.openclaw-worker',
      logLevel: 'info',
      proxy: { http: '', https: '', exempt: '' },
      warnings: [],
    });
  });

  it('takes an empty variable for one that is not set', () => {
    const names = ['WORKER_URL', 'WORKER_NAME', 'WORKER_TAGS', 'WORKER_KINDS', 'MAX_CONCURRENT', 'LONG_POLL_WAIT'];
    const others = ['POLL_INTERVAL', 'MAX_OUTPUT_BYTES', 'WORKER_SHELL', 'SPOOL_DIR', 'LOG_LEVEL', 'HTTPS_PROXY'];
    expect(load(Object.fromEntries([...names, ...others].map((name) => [name, ' '])))).toEqual(load({}));
  });

  it('reads every setting', () => {
    const config = load({
      WORKER_URL: 'https://example.com/claw/',
      WORKER_NAME: 'build box 1',
      WORKER_TAGS: 'gpu, linux,,gpu',
      WORKER_KINDS: 'file-read, command',
      MAX_CONCURRENT: '100',
      LONG_POLL_WAIT: '0',
      POLL_INTERVAL: '10',
      MAX_OUTPUT_BYTES: '1024',
      WORKER_SHELL: '/bin/zsh',
      SPOOL_DIR: '~/spool',
      LOG_LEVEL: 'debug',
      HTTP_PROXY: 'proxy:3128',
      https_proxy: 'http://ann:secret@proxy:3129',
      NO_PROXY: 'internal',
    });
    expect(config).toMatchObject({
      url: 'https://example.com/claw',
      name: 'build box 1',
      tags: ['gpu', 'linux'],
      kinds: ['command', 'file-read'],
      maxConcurrent: 100,
      longPollWait: 0,
      pollInterval: 10,
      maxOutputBytes: 1024,
      shell: '/bin/zsh',
      spoolDir: '/home/ann/spool',
      logLevel: 'debug',
      proxy: { http: 'http://proxy:3128', https: 'http://ann:secret@proxy:3129', exempt: 'internal' },
    });
  });

  it.each([
    ['WORKER_TOKEN', ''],
    ['WORKER_TOKEN', 'fifteen-chars-x'],
    ['WORKER_TOKEN', 'sixteen chars ok'],
    ['WORKER_TOKEN', 'sixteen-chars-ok\n'],
    ['WORKER_URL', 'example.com'],
    ['WORKER_URL', 'ftp://example.com'],
    ['WORKER_URL', 'https://ann:secret@example.com'],
    ['WORKER_URL', 'https://example.com/?a=b'],
    ['WORKER_URL', 'https://example.com/#top'],
    ['WORKER_NAME', 'büro'],
    ['WORKER_NAME', 'n'.repeat(129)],
    ['WORKER_TAGS', 't'.repeat(65)],
    ['WORKER_TAGS', Array.from({ length: 65 }, (_, index) => `t${index}`).join()],
    ['WORKER_KINDS', 'command,files'],
    ['MAX_CONCURRENT', '0'],
    ['MAX_CONCURRENT', '1001'],
    ['MAX_CONCURRENT', '3.5'],
    ['LONG_POLL_WAIT', '-1'],
    ['LONG_POLL_WAIT', '3600001'],
    ['POLL_INTERVAL', '0'],
    ['MAX_OUTPUT_BYTES', '0'],
    ['MAX_OUTPUT_BYTES', '67108865'],
    ['MAX_OUTPUT_BYTES', '10MB'],
    ['WORKER_SHELL', 'zsh'],
    ['LOG_LEVEL', 'loud'],
    ['HTTP_PROXY', 'ftp://proxy'],
    ['HTTPS_PROXY', 'http://'],
  ])('refuses %s=%j, and names it', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });

  it('tells all mistakes at once', () => {
    const problems = problemsOf({ WORKER_TOKEN: undefined, MAX_CONCURRENT: 'many', LOG_LEVEL: 'loud' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['WORKER_TOKEN', 'MAX_CONCURRENT', 'LOG_LEVEL']);
  });

  it('repeats no secret in what it says', () => {
    const secret = 'p4ssw0rd with space';
    const said = [
      ...problemsOf({ WORKER_TOKEN: secret, WORKER_URL: `http://ann:${secret}@x`, HTTP_PROXY: `gopher://${secret}` }),
      ...load({ WORKER_URL: 'http://example.com' }).warnings,
    ].join();
    expect(said).not.toContain('p4ssw0rd');
    expect(said).not.toContain(TOKEN);
  });

  it('makes a name that a header can carry of any host name', () => {
    const named = (hostname: string) => loadConfig({ WORKER_TOKEN: TOKEN }, { ...MACHINE, hostname }).name;
    expect(named("Ann's büro Mac")).toBe("Ann's-b-ro-Mac");
    expect(named('')).toBe('worker');
    expect(named('h'.repeat(200))).toHaveLength(128);
  });

  it('warns of plain http to another machine only', () => {
    expect(load({ WORKER_URL: 'http://example.com' }).warnings[0]).toMatch(/WORKER_URL is plain http to example\.com/);
    expect(load({ WORKER_URL: 'http://127.example.com' }).warnings).toHaveLength(1);
    for (const url of ['https://example.com', 'http://localhost:3456', 'http://127.0.0.9', 'http://[::1]:80'])
      expect(load({ WORKER_URL: url }).warnings).toEqual([]);
  });

  it('warns when a proxy stands before this machine', () => {
    expect(load({ http_proxy: 'http://proxy:3128' }).warnings[0]).toMatch(/NO_PROXY=127\.0\.0\.1/);
    expect(load({ http_proxy: 'http://proxy:3128', NO_PROXY: 'localhost,127.0.0.1' }).warnings).toEqual([]);
    expect(load({ https_proxy: 'http://proxy:3128' }).warnings).toEqual([]);
  });
});
