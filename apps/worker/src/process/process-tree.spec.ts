import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isRunning, pidIn, until } from '../testing/processes.js';
import { readProcessTable, startOf } from './process-table.js';
import { ProcessTree } from './process-tree.js';

let folder: string;
let mark: string;
let stranger: ChildProcess;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tree-spec-'));
  mark = `spec/${folder}`;
  stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
});
afterEach(() => {
  stranger.kill('SIGKILL');
  for (const { pid } of readProcessTable().filter((entry) => entry.mark === mark)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A script that leads a tree, as a task's process does. */
function lead(script: string): ProcessTree {
  const { pid = 0 } = spawn('/bin/sh', ['-c', script], {
    cwd: folder,
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, OPENCLAW_ATTEMPT: mark },
  });
  return new ProcessTree({ pid, startedAt: startOf(pid) }, mark);
}

const pid = (name: string) => pidIn(join(folder, name));
/** What notes its own number and then stays. */
const stay = (name: string) => `sh -c 'echo $$ > ${name}; while :; do sleep 0.05; done'`;
const stubborn = (name: string) => `sh -c 'trap "" TERM; echo $$ > ${name}; while :; do sleep 0.05; done'`;

describe('ending a tree', () => {
  it.each([
    ['a session of its own', `setsid ${stay('it')} & wait`],
    ['no parent any more', `(setsid ${stay('it')} &) ; ${stay('leader')}`],
    ['a cleared environment, while its parent is there', `setsid env -i ${stay('it')} & wait`],
    ['a leader that has ended', `${stay('it')} & exit 0`],
    [
      'a parent in a session of its own that ends first',
      `setsid sh -c "${stay('it').replace(/[$"]/g, '\\$&')} & wait" & wait`,
    ],
  ])('ends what has %s', async (_, script) => {
    const tree = lead(script);
    const escaped = await pid('it');
    const { signals, processes, survived, reach } = await tree.end(5000);
    expect({ signals, survived, reach }).toEqual({ signals: ['SIGTERM'], survived: [], reach: 'process-tree' });
    expect(processes).toBeGreaterThan(0);
    expect(isRunning(escaped)).toBe(false);
    expect(isRunning(stranger.pid ?? 0)).toBe(true);
  });

  it('kills what does not heed SIGTERM, wherever it is', async () => {
    const tree = lead(`setsid ${stubborn('it')} & ${stubborn('leader')}`);
    const [escaped, leader] = [await pid('it'), await pid('leader')];
    expect(await tree.end(50)).toMatchObject({ signals: ['SIGTERM', 'SIGKILL'], survived: [] });
    expect([isRunning(escaped), isRunning(leader)]).toEqual([false, false]);
  });

  it('kills what starts itself anew', async () => {
    // Each hands on to the next in a session of its own, and ends.
    const script = `echo 'echo $$ > it; trap "" TERM; sleep 0.02; setsid sh chain & exit' > chain; setsid sh chain & ${stubborn('leader')}`;
    const tree = lead(script);
    await pid('leader');
    await pid('it');
    expect(await tree.end(50)).toMatchObject({ survived: [] });
    expect(readProcessTable().filter((entry) => entry.mark === mark)).toEqual([]);
  });

  it('finds nothing to signal where nothing runs', async () => {
    const tree = lead('exit 0');
    await until(() => readProcessTable().every((entry) => entry.mark !== mark));
    expect(await tree.end(5000)).toEqual({ signals: [], processes: 0, survived: [], reach: 'process-tree' });
  });
});
