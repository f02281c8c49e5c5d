import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { ocw } from '../apps/cli/src/program.js';
import { Ocw } from './ocw.js';
import { Installation, ROOT } from './programs.js';

const { stdin, stdout, stderr } = process;

describe('the help of', () => {
  const program = ocw({ stdin, stdout, stderr, env: {} }, () => undefined);
  const pathOf = (command: Command): string =>
    command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  const shown = all(program).filter((command) => !command.name().startsWith('__'));

  function helpOf(command: Command): string {
    let text = '';
    command.configureOutput({
      writeOut: (more) => {
        text += more;
      },
    });
    command.outputHelp();
    return text;
  }

  it.each(shown.map((command) => [pathOf(command), command] as const))(
    '%s has examples that are right',
    (path, command) => {
      const [, examples = ''] = helpOf(command).match(/\nExamples?:\n((?: {2}.+\n)+)/) ?? [];
      expect(examples).toContain(path);
      for (const [, words = ''] of examples.matchAll(/\bocw (.*)/g)) {
        const used = words.split(' -- ')[0]?.match(/(?<= )--?[a-z][\w-]*/g) ?? [];
        const named = words
          .split(' ')
          .reduce((inner, word) => inner.commands.find((one) => one.name() === word) ?? inner, program);
        const known = [...named.options, ...command.options].flatMap(({ short, long }) => [short, long]);
        if (!words.startsWith("run '"))
          expect(known).toEqual(expect.arrayContaining(used.filter((option) => option !== '--help')));
      }
    },
  );
});

describe('docs/cli.md', () => {
  let here: Installation;
  let cli: Ocw;
  let env: Record<string, string>;
  const page = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');
  const [, rows = ''] = page.match(/^\| to \| type \|\n\| --- \| --- \|\n((?:\|.*\n)+)/m) ?? [];
  const commands = [...rows.replaceAll('\\|', '|').matchAll(/`(ocw [^`]+)`/g)].map(([, command = '']) => command);

  beforeAll(async () => {
    here = new Installation();
    await here.installClaude();
    await here.startApi();
    await here.startWorker({ WORKER_NAME: 'mac' });
    cli = new Ocw(here);
    const tools = join(here.folder, 'tools');
    cli.putInto(tools);
    for (const folder of [join(here.home, 'work'), join(here.home, 'photos'), join(here.folder, 'site')])
      mkdirSync(folder);
    for (const place of [here.home, here.folder]) writeFileSync(join(place, 'notes.txt'), 'a note\n');
    writeFileSync(join(here.home, 'backup.sh'), '#!/bin/sh\necho backup\n', { mode: 0o755 });
    writeFileSync(join(here.home, 'work/package.json'), '{"scripts":{"test":"echo tested"}}');
    const variables = cli.variables({ EDITOR: "sed -i 's/a note/two notes/'" });
    env = { ...variables, PATH: [tools, variables.PATH].join(delimiter) };
  });
  afterAll(() => here.end());

  it('shows many commands', () => expect(commands.length).toBeGreaterThan(25));

  it.each(commands)('shows a command that works: %s', async (command) => {
    const taskId = command.includes('TASK') ? await aTask(command.includes('cancel') ? 'sleep 600' : 'echo hello') : '';
    const shell = promisify(execFile)('bash', ['-c', command.replace('TASK', taskId)], { cwd: here.folder, env });
    shell.child.stdin?.end();
    const { stderr } = await shell;
    expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('ocw: '))).toEqual([]);
  });

  const aTask = async (command: string) => (await cli.run(['run', '-d', command])).stdout.trim();

  it('names only commands and options that there are', () => {
    const program = ocw({ stdin, stdout, stderr, env: {} }, () => undefined);
    for (const [, name, inner] of page.matchAll(/`ocw ([a-z]+)(?: ([a-z]+))?/g)) {
      const command = program.commands.find((one) => one.name() === name);
      expect(command?.name()).toBe(name);
      if (command && command.commands.length > 0 && inner)
        expect(command.commands.map((one) => one.name())).toContain(inner);
    }
  });
});
