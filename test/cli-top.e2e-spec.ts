import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Random } from './chaos/random.js';
import { TcpProxy } from './chaos/tcp-proxy.js';
import { Ocw } from './ocw.js';
import { Installation, type Program } from './programs.js';
import { KEY, PseudoTerminal } from './pseudo-terminal.js';

/** The last thing that is written, whatever ends it: the cursor and the other screen are back. */
const RESTORED = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_BELOW = '\u001b[J';

let here: Installation;
let api: Program;
let cli: Ocw;
let screen: PseudoTerminal;
beforeEach(async () => {
  here = new Installation();
  api = await here.startApi();
  cli = new Ocw(here);
});
afterEach(() => here.end());

async function shown(): Promise<PseudoTerminal> {
  screen = cli.onTerminal(['top']);
  await screen.until(/ocw top/);
  return screen;
}

describe('ocw top', () => {
  it('shows what changes as it changes, and ends with q', async () => {
    await shown();
    await screen.until(/workers {2}.*none is online/);
    await here.startWorker();
    await screen.until(/workers {2}test-worker 0\/3/);
    await here.run('/tasks', { command: 'mkfifo ~/gate' });
    await here.call('POST', '/tasks', { command: 'read gate < gate' });
    await screen.until(/test-worker 1\/3[\s\S]*1 running, 0 waiting[\s\S]*read gate < gate/);
    const before = screen.output.length;
    await here.run('/tasks', { command: 'echo > ~/gate' });
    await screen.until(/0 running, 0 waiting[\s\S]*completed[\s\S]*read gate < gate/, before);
    screen.type('q');
    expect(await screen.ended).toBe(0);
    expect(screen.output.endsWith(RESTORED)).toBe(true);
  });

  it('fits the terminal, whatever size that gets', async () => {
    for (let count = 0; count < 30; count++)
      await here.call('POST', '/tasks', { command: `echo ${'long '.repeat(40)}` });
    await shown();
    await screen.until(/30 waiting/);
    const before = screen.output.length;
    screen.resize(8, 50);
    const picture = () => {
      const whole =
        screen.output
          .slice(before)
          .split(HOME)
          .findLast((one) => one.includes(CLEAR_BELOW)) ?? '';
      return stripVTControlCharacters(whole).split('\r\n');
    };
    await screen.untilTrue(() => picture().length === 8, 'a picture of eight lines');
    const lines = picture();
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(50);
    screen.type(KEY.ctrlC);
    expect(await screen.ended).toBe(0);
    expect(screen.output.endsWith(RESTORED)).toBe(true);
  });

  it('says that the server is away, and goes on when it is back', async () => {
    await shown();
    await api.end();
    await screen.until(/the server cannot be reached: .*; try ocw doctor/);
    await here.startApi();
    await cli.run(['run', '-d', 'echo after the restart']);
    await screen.until(/echo after the restart/);
    screen.type('q');
    expect(await screen.ended).toBe(0);
  });

  it('asks again and again where no event gets through', async () => {
    const network = await TcpProxy.open(() => Number(new URL(here.url).port), new Random(1));
    screen = new Ocw(here, network.url).onTerminal(['top']);
    await screen.until(/No tasks yet/);
    network.weather = 'swallow';
    const before = screen.output.length;
    await cli.run(['run', '-d', 'echo unheard of']);
    network.clear();
    await screen.until(/echo unheard of/, before);
    screen.type('q');
    expect(await screen.ended).toBe(0);
    await network.close();
  });

  it('gives the terminal back when the process is told to end', async () => {
    const line = ['sh', '-c', 'echo process $$; exec "$@"', 'sh', process.execPath, cli.script, 'top'];
    screen = new PseudoTerminal(line, cli.variables());
    const [, pid] = await screen.until(/process (\d+)/);
    await screen.until(/No tasks yet/);
    process.kill(Number(pid), 'SIGTERM');
    expect(await screen.ended).toBe(0);
    expect(screen.output.endsWith(RESTORED)).toBe(true);
  });

  it('prints once in a pipe, and for programs', async () => {
    await cli.run(['run', '-d', 'true']);
    const { code, stdout } = await cli.run(['top']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/tasks +0 running, 1 waiting/);
    expect(stdout).not.toContain('\u001b');
    expect(await cli.json(['top'])).toMatchObject({ waiting: [{ command: 'true' }], running: [], workers: [] });
    expect((await cli.run(['top'], { env: { OCW_TOKEN: 'not-a-token' } })).code).toBe(1);
  });
});
