import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ocw } from './ocw.js';
import { Installation, ROOT, TOKEN } from './programs.js';

/**
 * Starts what launchd would, and remembers its calls. What a real systemd and a real pm2 make of `ocw worker install` is
 * for test/deploy.
 */
const LAUNCHCTL = `#!/bin/sh
here=$(dirname "$0")
[ "$1" = help ] || echo "$*" >>"$here/calls"
case $1 in
print) [ -e "$here/pid" ] ;;
bootstrap) '${join(ROOT, 'deploy/run')}' worker >"$here/log" 2>&1 & echo $! >"$here/pid" ;;
bootout)
  pid=$(cat "$here/pid")
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  rm "$here/pid"
  ;;
esac
`;

let here: Installation;
let cli: Ocw;
let tools: string;
let settings: string;
let agent: string;
beforeEach(async () => {
  here = new Installation();
  await here.startApi();
  cli = new Ocw(here);
  tools = join(here.folder, 'tools');
  mkdirSync(tools);
  writeFileSync(join(tools, 'launchctl'), LAUNCHCTL, { mode: 0o755 });
  settings = join(here.home, '.config/openclaw-worker/worker.env');
  agent = join(here.home, 'Library/LaunchAgents/org.openclaw.worker.plist');
});
afterEach(async () => {
  await service(['uninstall', '--launchd']);
  await here.end();
});

/** Nothing but the stand-in, and what a shell needs. */
const service = (args: string[], env: Record<string, string> = {}) =>
  cli.run(['worker', ...args], { env: { PATH: `${tools}:/usr/bin:/bin`, ...env } });
const install = (...args: string[]) => service(['install', '--launchd', ...args]);
const calls = () => readFileSync(join(tools, 'calls'), 'utf8').trim().split('\n');
const setting = (name: string) => readFileSync(settings, 'utf8').match(new RegExp(`^${name}=(.*)$`, 'm'))?.[1];
const tokens = () => cli.json(['tokens']);
describe('ocw worker install', () => {
  it('writes an agent and settings that nobody else can read, with a token of its own', async () => {
    const { code, stdout } = await install('--name', 'mac', '-t', 'home', '-t', 'desk');
    expect(code).toBe(0);
    expect(stdout).toContain(`Settings: ${settings}, readable by you alone, with a new token of its own.`);
    expect(stdout).toContain(`Service:  ${agent}`);
    expect(stdout).toMatch(/^mac is online\.$/m);
    expect(stdout).toMatch(/logs +tail -f ~\/\.openclaw-worker\/logs\/worker\.log/);
    expect(statSync(settings).mode & 0o777).toBe(0o600);
    expect([setting('WORKER_URL'), setting('WORKER_TAGS')]).toEqual([here.url, 'home,desk']);
    expect(await tokens()).toMatchObject([{ name: `worker ${hostname()}`, role: 'worker' }]);
    const secret = String(setting('WORKER_TOKEN'));
    expect(secret).not.toBe(TOKEN);
    expect(readFileSync(agent, 'utf8') + stdout + calls().join()).not.toContain(secret);
    const script = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
    expect(JSON.parse(execFileSync('python3', ['-c', script, agent], { encoding: 'utf8' }))).toMatchObject({
      ProgramArguments: [join(ROOT, 'deploy/run'), 'worker'],
      EnvironmentVariables: { OPENCLAW_ENV_FILE: settings },
      StandardOutPath: join(here.home, '.openclaw-worker/logs/worker.log'),
    });
    expect((await cli.run(['run', '-w', 'mac', 'echo $HOME'])).stdout).toBe(`${here.home}\n`);
  });

  it('does nothing twice, and puts changes to use', async () => {
    await install('--name', 'mac');
    const before = readFileSync(settings, 'utf8');
    expect((await install()).stdout).toMatch(/with the token that was there[\s\S]*launchd runs it already/);
    expect(readFileSync(settings, 'utf8')).toBe(before);
    expect(calls().filter((call) => call.startsWith('bootstrap'))).toHaveLength(1);
    writeFileSync(settings, before.replace('#MAX_CONCURRENT=3', 'MAX_CONCURRENT=5'));
    const { supervisor, worker, online } = JSON.parse((await install('--name', 'mac two', '--json')).stdout);
    expect({ supervisor, worker, online }).toEqual({ supervisor: 'launchd', worker: 'mac two', online: true });
    expect(calls().slice(-2)).toEqual([
      expect.stringMatching(/^bootout gui\//),
      expect.stringMatching(/^bootstrap gui\/.*plist$/),
    ]);
    expect([setting('MAX_CONCURRENT'), setting('WORKER_NAME')]).toEqual(['5', 'mac two']);
    expect(await tokens()).toHaveLength(1);
  });

  it('makes a new token for one that is good for nothing any more', async () => {
    await install();
    const [{ id }] = await tokens();
    await cli.run(['tokens', 'revoke', id]);
    expect((await install()).stdout).toMatch(/with a new token of its own/);
    expect(await tokens()).not.toMatchObject([{ id }]);
  });

  it('stays with its server, and gives no token of one to another', async () => {
    await install();
    const before = readFileSync(settings, 'utf8');
    const elsewhere = { OCW_URL: 'http://127.0.0.1:9', OCW_TOKEN: 'of-another-server-kV7pQ2mX9sT4wZ6r' };
    expect(await service(['install', '--launchd'], elsewhere)).toMatchObject({ code: 0 });
    expect(readFileSync(settings, 'utf8')).toBe(before);
    const moved = await service(['install', '--launchd'], { WORKER_URL: 'http://127.0.0.1:9' });
    expect([moved.code, moved.stderr]).toEqual([2, expect.stringMatching(/--profile, or the token itself/)]);
    expect(readFileSync(settings, 'utf8')).toBe(before);
    expect(await tokens()).toHaveLength(1);
  });

  it('takes the token of the environment, and needs no other', async () => {
    const worker = (await cli.run(['tokens', 'add', 'mine', '--role', 'worker'])).stdout.trim();
    const alone = { OCW_URL: '', OCW_TOKEN: '', WORKER_URL: here.url, WORKER_TOKEN: worker };
    const { code, stdout } = await service(['install', '--launchd'], alone);
    expect(code).toBe(0);
    expect(stdout).toMatch(/with the token of WORKER_TOKEN/);
    expect(setting('WORKER_TOKEN')).toBe(worker);
  });

  it('says what to do when it may make no token, or nothing could keep a worker running', async () => {
    const client = (await cli.run(['tokens', 'add', 'phone'])).stdout.trim();
    const refused = await service(['install', '--launchd'], { OCW_TOKEN: client });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/ocw tokens add NAME --role worker/) });
    const nothing = await service(['install'], { PATH: join(here.folder, 'none') });
    expect(nothing.code).toBe(2);
    expect(nothing.stderr).toMatch(/launchd: launchctl is not here[\s\S]*systemd: systemctl is not here[\s\S]*pm2: /);
    expect(existsSync(settings)).toBe(false);
  });
});

describe('ocw worker uninstall', () => {
  it('takes all of it away, its token too, and keeps what is not yet delivered', async () => {
    await install();
    const { code, stdout } = await service(['uninstall', '--launchd']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Removed from launchd\.\nRemoved .*worker\.env\.\nIts token is good for nothing any more\./);
    expect([settings, agent, join(tools, 'pid')].filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(join(here.home, '.openclaw-worker'))).toBe(true);
    expect(await tokens()).toEqual([]);
    expect((await service(['uninstall', '--launchd'])).stdout).toBe('No worker is installed here.\n');
  });
});
