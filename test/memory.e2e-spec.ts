import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Installation, type Program } from './programs.js';

const MOST_GROWTH_MIB = 100;
/** Prints 200 MB of lines. */
const CHATTY = `head -c 200000000 /dev/zero | tr '\\0' x | fold -w 99`;

let here: Installation;
beforeEach(() => {
  here = new Installation();
});
afterEach(() => here.end());

const onLinux = process.platform === 'linux';

/** MiB that a process takes. Linux also knows the most that it has taken (`VmHWM`); elsewhere, what it takes by then. */
function memory({ pid }: Program, which: 'VmRSS' | 'VmHWM'): number {
  if (!onLinux) return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)])) / 1024;
  const [, kib] = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${which}:\\s+(\\d+)`)) ?? [];
  return Number(kib) / 1024;
}

describe('200 MB of output', () => {
  it('make neither program grow by 100 MB, and the record holds as much as it may', async () => {
    const programs = [await here.startApi(), await here.startWorker()];
    await here.run('/tasks', { command: 'true' });
    const before = programs.map((program) => memory(program, 'VmRSS'));
    const record = await here.run('/tasks', { command: CHATTY, timeout: 120_000 });
    expect(record).toMatchObject({ status: 'completed', truncated: { stdout: true } });
    const grown = programs.map((program, index) => memory(program, 'VmHWM') - (before[index] ?? 0));
    for (const mebibytes of grown) expect(mebibytes).toBeLessThan(MOST_GROWTH_MIB);
  });
});
