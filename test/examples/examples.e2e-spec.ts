import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endOf, Ocw } from '../ocw.js';
import { Installation, ROOT, TOKEN } from '../programs.js';

let here: Installation;
let folder: string;
let variables: Record<string, string>;
beforeAll(async () => {
  here = new Installation();
  folder = here.folder;
  await here.installClaude();
  await here.startApi();
  await here.startWorker();
  const mine = join(folder, 'my-bin');
  const ocw = new Ocw(here);
  ocw.putInto(mine);
  variables = { ...ocw.variables(), PATH: `${mine}:${process.env.PATH}`, API: here.url, TOKEN };
});
afterAll(() => here.end());

/** Runs a program with the settings of the installation, whatever its exit code. */
function run(program: string, args: string[], { stdin = '', env = {} }: { stdin?: string; env?: object } = {}) {
  const child = spawn(program, args, { cwd: folder, env: { ...variables, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  return endOf(child, stdin);
}

const example = (name: string) => join(ROOT, 'examples', name);

describe('examples/chat-bot', () => {
  it('runs commands, and keeps up one conversation with Claude', async () => {
    const stdin = 'hello\n!echo from there; exit 3\n\nagain\n!\n';
    const { code, stdout, stderr } = await run('node', [example('chat-bot/chat.mjs')], { stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split(/^> |> /m).map((text) => text.trim())).toEqual([
      '',
      'turn 1: hello',
      'from there\n[failed: exit code 3]',
      '',
      'turn 2: again',
      expect.stringMatching(/^\[command must not be empty\]$/),
      '',
    ]);
  });

  it('says what it needs', async () => {
    const { code, stderr } = await run('node', [example('chat-bot/chat.mjs')], { env: { OCW_TOKEN: '' } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'Set OCW_URL and OCW_TOKEN.\n' });
  });
});

describe('examples/cron', () => {
  const crontab = (...args: string[]) => run('node', [example('cron/crontab.mjs'), ...args]);
  const schedules = async () => (await here.call('GET', '/schedules')).items;

  it('makes schedules of a crontab, and follows its changes', async () => {
    await here.call('POST', '/schedules', { name: 'by hand', cron: '@daily', task: { command: 'true' } });
    const file = join(folder, 'crontab');
    writeFileSync(file, '# at night\n0 3 * * 1-5 ./backup.sh --all\n@hourly  date\n\n*/5 * * * * true\n');
    expect(await crontab(file)).toMatchObject({
      code: 0,
      stdout: 'added 0 3 * * 1-5 ./backup.sh --all\nadded @hourly date\nadded */5 * * * * true\n',
    });
    expect(await crontab(file)).toMatchObject({ code: 0, stdout: '' });
    writeFileSync(file, '0 4 * * 1-5 ./backup.sh --all\n@hourly date\n');
    const changed = await crontab(file);
    expect(changed.stdout.trim().split('\n').sort()).toEqual([
      'added 0 4 * * 1-5 ./backup.sh --all',
      'removed */5 * * * * true',
      'removed 0 3 * * 1-5 ./backup.sh --all',
    ]);
    expect((await schedules()).map(({ name }: { name: string }) => name).sort()).toEqual([
      'by hand',
      'crontab: ./backup.sh --all',
      'crontab: date',
    ]);
  });

  it('changes nothing for a line that it does not understand', async () => {
    const before = await schedules();
    const file = join(folder, 'odd');
    writeFileSync(file, '0 3 * * *\n');
    const { code, stderr } = await crontab(file);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `crontab: ${file}:1 is no line of a crontab: 0 3 * * *\n` });
    expect(await schedules()).toEqual(before);
    expect((await crontab()).code).toBe(2);
  });
});

describe('examples/deploy', () => {
  const deploy = (...args: string[]) => run(example('deploy/deploy.sh'), args);

  it('puts a release live, and takes back one that fails its check', async () => {
    const site = join(folder, 'site');
    mkdirSync(site);
    writeFileSync(join(site, 'index.html'), 'one');
    const live = await deploy('test-worker', site, '~/www', 'test "$(cat index.html)" = one');
    expect(live).toMatchObject({ code: 0, stdout: expect.stringMatching(/^live: /m) });
    const first = readlinkSync(join(here.home, 'www/current'));
    writeFileSync(join(site, 'index.html'), 'two');
    const taken = await deploy('test-worker', site, '~/www', 'test "$(cat index.html)" = one');
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringMatching(/the check failed\n[\s\S]*back to /) });
    expect(readlinkSync(join(here.home, 'www/current'))).toBe(first);
    expect(readFileSync(join(here.home, 'www/current/index.html'), 'utf8')).toBe('one');
    expect((await deploy('test-worker', site)).code).toBe(2);
  });
});

describe('examples/shell', () => {
  const remote = (line: string, env = {}) =>
    run('bash', ['-c', `source '${example('shell/remote.sh')}'; remote "$1"`, 'bash', line], { env });

  it('runs a line with its output, its errors and its exit code', async () => {
    const line = `printf 'a "quoted" \\\\ back\\tslash\\n\\nü 🌍'; printf '\\n'; echo err >&2; exit 7`;
    const local = await run('/bin/sh', ['-c', line]);
    expect(await remote(line)).toEqual(local);
    expect(await remote('printf "no end of line"')).toEqual({ code: 0, stdout: 'no end of line', stderr: '' });
  });

  it('waits for what takes longer than one call, and submits it once', async () => {
    const before = (await here.call('GET', '/tasks?q=once-by-shell')).items.length;
    expect((await remote('sleep 1; echo once-by-shell', { HOLD_MS: '100' })).stdout).toBe('once-by-shell\n');
    expect((await here.call('GET', '/tasks?q=once-by-shell')).items).toHaveLength(before + 1);
  });

  it('says what the server refuses, and what nobody knows the end of', async () => {
    expect(await remote('true', { TOKEN: 'not-a-token-of-this-server' })).toMatchObject({
      code: 1,
      stderr: 'remote: send a valid token: Authorization: Bearer <token>\n',
    });
    expect(await remote('sleep 60', { TIMEOUT_MS: '200' })).toMatchObject({ code: 125 });
  });
});

describe('examples/python', () => {
  const python = (...args: string[]) => run('python3', [example('python/openclaw_worker.py'), ...args]);

  it('runs a command with its output and its exit code', async () => {
    expect(await python('echo', 'out;', 'echo err >&2; exit 4')).toEqual({ code: 4, stdout: 'out\n', stderr: 'err\n' });
  });

  it('is a client for programs', async () => {
    writeFileSync(join(folder, 'program.py'), PROGRAM);
    const { stdout, stderr } = await run('python3', [join(folder, 'program.py')], {
      env: { PYTHONPATH: example('python'), PYTHONDONTWRITEBYTECODE: '1' },
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      written: 'completed',
      read: 'from Python\n',
      turns: ['turn 1: hello\n', 'turn 2: again\n'],
      waiting: 'running',
      refused: [400, 'validation_failed'],
      unreachable: true,
    });
  });
});

const PROGRAM = `
import json, os
import openclaw_worker
from openclaw_worker import Client, Refused, Unreachable
client = Client(os.environ["OCW_URL"], os.environ["OCW_TOKEN"])
written = client.write_file("~/by-python.txt", "from Python\\n")
read = client.read_file("~/by-python.txt")
first = client.ask_claude("hello")
second = client.ask_claude("again", sessionId=first["sessionId"])
begun = client.submit(command="sleep 2")
client.wait(begun, timeout=1)
waiting = client.wait(begun, timeout=0)["status"]
openclaw_worker.HOLD_MS = 100
client.wait(begun)
try:
    client.run("")
except Refused as error:
    refused = [error.status, error.code]
try:
    Client("http://127.0.0.1:9", "none", patience=0).run("true")
except Unreachable:
    unreachable = True
print(json.dumps({
    "written": written["status"], "read": read["stdout"], "turns": [first["stdout"], second["stdout"]],
    "waiting": waiting, "refused": refused, "unreachable": unreachable,
}))
`;

describe('examples/README.md', () => {
  it('lists every example', () => {
    const text = readFileSync(example('README.md'), 'utf8');
    const listed = [...text.matchAll(/^\| \[([^\]]+)\]/gm)].map(([, name]) => name);
    const folders = readdirSync(example('')).filter((name) => !name.endsWith('.md'));
    expect([...new Set(listed.map((name = '') => dirname(name)))].sort()).toEqual(folders.sort());
    for (const name of listed) expect(existsSync(example(name ?? ''))).toBe(true);
  });
});
