import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VERSION } from '#version';
import { Ocw } from './ocw.js';
import { Installation, ROOT, TOKEN } from './programs.js';
import { KEY } from './pseudo-terminal.js';

const SIGNED_OUT = { OCW_URL: '', OCW_TOKEN: '' };

let here: Installation;
let cli: Ocw;
beforeAll(async () => {
  here = new Installation();
  await here.startApi();
  cli = new Ocw(here);
});
afterAll(() => here.end());

describe('ocw', () => {
  it('can be run after every build, however it is linked', () => {
    expect(execFileSync(join(ROOT, 'dist/apps/cli/main.js'), ['--version'], { encoding: 'utf8' })).toBe(`${VERSION}\n`);
  });
});

describe('ocw login', () => {
  const file = () => join(here.home, '.config/ocw/profiles.json');

  it('keeps nothing that is not good', async () => {
    const { code, stderr } = await cli.run(['login', here.url], { env: SIGNED_OUT, stdin: 'wrong-wrong-wrong\n' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ocw: the server does not take this token/);
    expect(await cli.run(['login', here.url], { env: SIGNED_OUT })).toMatchObject({ code: 2 });
    expect((await cli.run(['login', 'tasks.example.org'], { env: SIGNED_OUT })).stderr).toMatch(
      /is no address such as/,
    );
    expect(existsSync(file())).toBe(false);
  });

  it('keeps a checked token where nobody else can read it', async () => {
    const { code, stdout } = await cli.run(['login', here.url], { env: SIGNED_OUT, stdin: `${TOKEN}\n` });
    expect(code).toBe(0);
    expect(stdout).toMatch(/as admin; kept in /);
    expect(stdout).not.toContain(TOKEN);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readFileSync(file(), 'utf8')).toContain(TOKEN);
    expect((await cli.run(['ps'], { env: SIGNED_OUT })).stdout).toBe('Nothing runs and nothing waits.\n');
  });

  it('asks for the token on a terminal, and does not show it', async () => {
    const terminal = cli.onTerminal(['login', here.url, '--profile', 'typed'], SIGNED_OUT);
    await terminal.until(/Token:/);
    terminal.type(`${TOKEN}${KEY.enter}`);
    await terminal.until(/Signed in/);
    expect(await terminal.ended).toBe(0);
    expect(terminal.output).not.toContain(TOKEN);
    const given = cli.onTerminal(['login', here.url, '--profile', 'none'], SIGNED_OUT);
    await given.until(/Token:/);
    given.type(KEY.ctrlC);
    expect(await given.ended).toBe(130);
  });

  it('has several profiles, and gives a token to no server but its own', async () => {
    const profiles = async (...words: string[]) => cli.json(['profiles', ...words], SIGNED_OUT);
    expect(await profiles('use', 'default')).toEqual([
      { name: 'default', url: here.url, current: true },
      { name: 'typed', url: here.url, current: false },
    ]);
    expect((await cli.run(['ps', '-p', 'other'], { env: SIGNED_OUT })).stderr).toBe(
      'ocw: there is no profile other; there are default, typed\n',
    );
    const elsewhere = await cli.run(['ps'], { env: { OCW_URL: 'http://127.0.0.1:1', OCW_TOKEN: '' } });
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringMatching(/set OCW_TOKEN as well/) });
    // What was asked for by name goes before the environment.
    const named = await cli.run(['ps', '-p', 'typed'], { env: { OCW_URL: 'http://127.0.0.1:1', OCW_TOKEN: 'x' } });
    expect(named).toMatchObject({ code: 0 });
    expect(await profiles('rm', 'typed')).toHaveLength(1);
  });

  it('says how to sign in, and what is wrong with what it kept', async () => {
    const config = join(here.folder, 'broken.json');
    const env = { ...SIGNED_OUT, OCW_CONFIG: config };
    expect(await cli.run(['ps'], { env })).toMatchObject({
      code: 2,
      stderr: 'ocw: not signed in: run `ocw login`, or set OCW_URL and OCW_TOKEN\n',
    });
    writeFileSync(config, '{');
    expect((await cli.run(['ps'], { env })).stderr).toMatch(/is not what ocw writes/);
  });
});
