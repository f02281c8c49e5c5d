import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ocw } from './ocw.js';
import { Installation } from './programs.js';
import { KEY } from './pseudo-terminal.js';

let here: Installation;
let cli: Ocw;
beforeAll(async () => {
  here = new Installation();
  await here.installClaude();
  await here.startApi();
  await here.startWorker();
  cli = new Ocw(here);
});
afterAll(() => here.end());

describe('ocw claude', () => {
  it('asks once, and goes on with the conversation', async () => {
    const first = await cli.run(['claude', 'hello']);
    expect(first).toMatchObject({ code: 0, stdout: 'turn 1: hello\n' });
    const [, id = ''] = first.stderr.match(/^ocw: to go on: ocw claude --session (\S+) /) ?? [];
    expect((await cli.run(['claude', '--continue', 'again'])).stdout).toBe('turn 2: again\n');
    expect(await cli.json(['claude', '--session', id, 'once more'])).toMatchObject({ stdout: 'turn 3: once more\n' });
  });

  it('takes its prompt from standard input', async () => {
    expect((await cli.run(['claude'], { stdin: 'from a file\n' })).stdout).toBe('turn 1: from a file\n');
    expect(await cli.run(['claude'], { stdin: '\n' })).toMatchObject({ code: 2 });
  });

  it('asks again and again on a terminal, in one conversation, until Ctrl-D', async () => {
    const terminal = cli.onTerminal(['claude']);
    await terminal.until(/Ctrl-D ends[\s\S]*> /);
    terminal.type(`hello${KEY.enter}`);
    await terminal.until(/turn 1: hello\r\n/);
    terminal.type(`and now?${KEY.enter}`);
    await terminal.until(/turn 2: and now\?\r\n/);
    // The arrow brings back what was asked before; a line that is given up is not asked.
    terminal.type(`nothing${KEY.ctrlC}${KEY.up}${KEY.enter}`);
    await terminal.until(/turn 3: and now\?\r\n/);
    terminal.type(KEY.ctrlD);
    await terminal.until(/to go on: ocw claude --session \S+ /);
    expect(await terminal.ended).toBe(0);
    expect(terminal.output).not.toMatch(/turn \d: nothing/);
  });

  it('gives up an answer at Ctrl-C, and goes on asking', async () => {
    await cli.run(['drain', 'test-worker']);
    const terminal = cli.onTerminal(['claude']);
    await terminal.until(/> /);
    terminal.type(`slow${KEY.enter}`);
    await terminal.until(/it waits: every worker drains: ocw resume NAME lifts that/);
    terminal.type(KEY.ctrlC);
    await terminal.until(/given up/);
    expect(await cli.json(['ls', '-q', 'slow'])).toMatchObject([{ status: 'cancelled' }]);
    await cli.run(['resume', 'test-worker']);
    terminal.type(`fast${KEY.enter}`);
    await terminal.until(/turn 1: fast\r\n/);
    terminal.type(KEY.ctrlD);
    expect(await terminal.ended).toBe(0);
  });
});
