import { accessSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ocw } from './ocw.js';
import { Installation } from './programs.js';
import { KEY, PseudoTerminal } from './pseudo-terminal.js';

/**
 * Interactive, without anybody's settings, and what a user is told to put into them. The prompt is spelled so that the line
 * which sets it, which is shown as well, does not look like it.
 */
const SHELLS: Record<string, { command: string[]; setup: string }> = {
  bash: { command: ['bash', '--norc', '--noprofile', '-i'], setup: `PS1='rea''dy> '; eval "$(ocw completion bash)"` },
  zsh: { command: ['zsh', '-f', '-i'], setup: `PS1='rea''dy> '; eval "$(ocw completion zsh)"` },
  fish: {
    command: ['fish', '--no-config', '-i'],
    setup: `function fish_prompt; echo 'rea''dy> '; end; ocw completion fish | source`,
  },
};
const isInstalled = (shell: string) =>
  String(process.env.PATH)
    .split(delimiter)
    .some((folder) => isThere(join(folder, shell)));

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

let here: Installation;
let cli: Ocw;
let id: string;
beforeAll(async () => {
  here = new Installation();
  await here.startApi();
  await here.startWorker({ WORKER_TAGS: 'home' });
  cli = new Ocw(here);
  id = (await cli.run(['run', '-d', 'echo one'])).stdout.trim();
  await cli.run(['schedule', 'add', 'every night', '@daily', '--', 'true']);
  cli.putInto(join(here.folder, 'bin'));
});
afterAll(() => here.end());

describe('ocw completion', () => {
  it('knows commands, options, and what the server knows', async () => {
    const complete = async (...words: string[]) =>
      (await cli.run(['__complete', ...words])).stdout.split('\n').filter(Boolean);
    const wordsOf = async (...words: string[]) => (await complete(...words)).map((line) => line.split('\t')[0]);
    expect((await wordsOf('ca')).sort()).toEqual(['cancel', 'cat']);
    expect(await wordsOf('schedule', 'pa')).toEqual(['pause']);
    expect(await complete('show', id.slice(0, 8))).toEqual([expect.stringMatching(`^${id}\t\\w+: echo one$`)]);
    expect(await complete('run', '-w', '')).toEqual(['test-worker\tonline']);
    expect(await wordsOf('run', '-t', '')).toEqual(['home']);
    expect(await wordsOf('cp', 't')).toEqual(['test-worker:']);
    expect(await wordsOf('cp', './here', 't')).toEqual(['test-worker:']);
    expect(await wordsOf('ls', '--status', 'time')).toEqual(['timed_out']);
    expect(await wordsOf('run', '--det')).toEqual(['--detach']);
    expect(await wordsOf('worker', 'un')).toEqual(['uninstall']);
    expect(await wordsOf('schedule', 'show', '')).toEqual(['every night']);
    // A command of somebody else's is completed by nobody here.
    expect(await wordsOf('run', '--', 'ma')).toEqual([]);
  });

  it('has nothing to say when the server is away, and does not wait for it', async () => {
    const away = { OCW_URL: 'http://127.0.0.1:1' };
    expect(await cli.run(['__complete', 'show', ''], { env: away })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await cli.run(['__complete', 'sho'], { env: away })).toMatchObject({
      stdout: expect.stringMatching(/^show\t/),
    });
  });

  // bash is everywhere; .ci/run installs the other two.
  describe.each(Object.keys(SHELLS).filter(isInstalled))('in a real %s', (name) => {
    let shell: PseudoTerminal;
    beforeAll(async () => {
      const { command, setup } = SHELLS[name] as { command: string[]; setup: string };
      const variables = cli.variables();
      const env = { ...variables, PATH: [join(here.folder, 'bin'), variables.PATH].join(delimiter) };
      shell = new PseudoTerminal(command, env, { columns: 200 });
      shell.type(`${setup}${KEY.enter}`);
      await shell.until(/ready> /);
    });
    afterAll(() => shell.close());
    /** Types it, waits for what the shell makes of it, and clears the line. */
    const typing = async (text: string, expected: RegExp) => {
      const before = shell.output.length;
      shell.type(text);
      const shown = () => stripVTControlCharacters(shell.output.slice(before));
      await shell.untilTrue(() => expected.test(shown()), String(expected));
      shell.type(KEY.ctrlU);
    };

    it('finishes commands, tasks, workers and schedules', async () => {
      await typing(`ocw doc${KEY.tab}`, /tor/);
      await typing(`ocw show ${KEY.tab}`, new RegExp(id));
      await typing(`ocw run -w te${KEY.tab}`, /st-worker/);
      await typing(`ocw schedule show ev${KEY.tab}`, /ery\\ night/);
    });

    it('offers files where nothing else fits', async () => {
      writeFileSync(join(here.home, 'only-here.txt'), '');
      await typing(`ocw cp ~/only${KEY.tab}`, /-here\.txt/);
    });
  });
});
