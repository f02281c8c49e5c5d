import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VERSION } from '#version';
import { ROOT, TOKEN } from './programs.js';

const NATIVE = 'better-sqlite3';
/** Packages are downloaded, where npm does not have them yet. */
const INSTALL_MS = 300_000;

const run = promisify(execFile);

let folder: string;
let place: string;
let files: string[];
const programs: ChildProcess[] = [];

/** What the authors of the native module would have built for this machine: the installation then downloads and compiles nothing. */
function prebuilt(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', NATIVE, 'package.json'), 'utf8'));
  const prebuilds = join(folder, 'prebuilds');
  mkdirSync(prebuilds);
  const name = `${NATIVE}-v${version}-node-v${process.versions.modules}-${process.platform}-${process.arch}.tar.gz`;
  const binary = 'build/Release/better_sqlite3.node';
  execFileSync('tar', ['-czf', join(prebuilds, name), '-C', join(ROOT, 'node_modules', NATIVE), binary]);
  return prebuilds;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pack-'));
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
  // What `prepack` prints comes before it.
  const [{ filename, files: list }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[\n')));
  files = list.map(({ path }: { path: string }) => path);
  place = join(folder, 'an empty folder');
  mkdirSync(place);
  const env = { ...process.env, npm_config_better_sqlite3_local_prebuilds: prebuilt() };
  const options = ['--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', join(folder, filename), ...options], { cwd: place, env });
}, INSTALL_MS);
afterAll(async () => {
  for (const program of programs.reverse()) {
    const ended = once(program, 'exit');
    if (program.kill('SIGTERM')) await ended;
  }
  rmSync(folder, { recursive: true });
});

const ocw = () => join(place, 'node_modules/.bin/ocw');
const variables = (extra: Record<string, string>) => ({ PATH: process.env.PATH, HOME: place, ...extra });

/** Starts a program of the package, and resolves with what matches of its log. */
async function start(args: string[], env: Record<string, string>, pattern: RegExp): Promise<RegExpMatchArray> {
  const program = spawn(ocw(), args, { cwd: place, env: variables(env), stdio: ['ignore', 'pipe', 'pipe'] });
  programs.push(program);
  const lines: string[] = [];
  for await (const line of createInterface({ input: program.stdout })) {
    lines.push(line);
    const match = line.match(pattern);
    if (match) {
      program.stdout.resume();
      return match;
    }
  }
  throw new Error(`ended without ${pattern}:\n${lines.join('\n')}`);
}

describe('the package', () => {
  it('has what runs, and nothing that only builds or tests it', () => {
    expect(files).toEqual(expect.arrayContaining(['README.md', 'deploy/run', 'dist/apps/cli/main.js', 'docs/cli.md']));
    expect(files.filter((path) => /\.(ts|map)$|\.spec\.|^(apps|libs|test|scripts)\//.test(path))).toEqual(
      files.filter((path) => /^dist\/libs\/(client|contracts)\/[\w-]+\.d\.ts$/.test(path)),
    );
  });

  it('runs a command through its own server and worker', async () => {
    expect((await run(ocw(), ['--version'])).stdout).toBe(`${VERSION}\n`);
    const [, url = ''] = await start(
      ['server'],
      { WORKER_TOKEN: TOKEN, WORKER_PORT: '0' },
      /listening on (http:\/\/127\.0\.0\.1:\d+)/,
    );
    // Its data is where it was started, not within the package.
    expect(existsSync(join(place, 'data/openclaw.db'))).toBe(true);
    const client = { OCW_URL: url, OCW_TOKEN: TOKEN };
    await start(['worker'], { ...client, WORKER_NAME: 'here' }, /registered with the server/);
    const { stdout } = await run(ocw(), ['run', '--no-stdin', '-w', 'here', '--', 'echo', 'hi'], {
      env: variables(client),
    });
    expect(stdout).toBe('hi\n');
    writeFileSync(join(place, 'program.mjs'), PROGRAM);
    expect((await run(process.execPath, ['program.mjs'], { cwd: place, env: variables(client) })).stdout).toBe(
      'hello from a program\n',
    );
  });

  it('has the types of its client', async () => {
    writeFileSync(join(place, 'program.mts'), PROGRAM.replaceAll('process.env.', 'env.').concat(TYPED));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--lib', 'es2023,dom,dom.asynciterable'];
    const check = () => run(process.execPath, [compiler, ...options, 'program.mts'], { cwd: place });
    await check();
    writeFileSync(join(place, 'program.mts'), PROGRAM.replaceAll('process.env.', 'env.').concat(TYPED, MISTAKE));
    await expect(check()).rejects.toMatchObject({ stdout: expect.stringMatching(/"odd"' is not assignable/) });
  });
});

const PROGRAM = `
import { Client } from 'openclaw-worker/client';
const client = new Client({ url: process.env.OCW_URL, token: process.env.OCW_TOKEN });
const { stdout } = await client.tasks.run({ command: 'echo hello from a program' });
console.log(stdout.trim());
`;
const TYPED = 'declare const env: Record<"OCW_URL" | "OCW_TOKEN", string>;\n';
const MISTAKE = "await client.tasks.list({ status: 'odd' });\n";
