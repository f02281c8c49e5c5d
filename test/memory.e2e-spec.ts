import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseExposition } from '../apps/api/test/exposition.js';
import { Installation, type Program, TOKEN } from './programs.js';

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

/** What the server's engine keeps for young objects, in MiB. */
async function youngRoom(): Promise<number> {
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const { samples } = parseExposition(await (await fetch(`${here.url}/metrics`, { headers })).text());
  const found = samples.find(
    ({ name, labels }) => name === 'nodejs_heap_space_size_total_bytes' && labels.space === 'new',
  );
  return (found?.value ?? Number.NaN) / 1_048_576;
}

describe('the room for young objects', () => {
  it('is small at rest, and grows under load no further than is of use', async () => {
    await here.startApi();
    expect(await youngRoom()).toBeLessThanOrEqual(4);
    const tasks = Array.from({ length: 200 }, () => ({ command: 'true', worker: 'elsewhere' }));
    while ((await youngRoom()) < 8)
      await Promise.all([1, 2, 3].map(() => here.call('POST', '/tasks/batch', { tasks })));
    expect(await youngRoom()).toBeLessThanOrEqual(16);
  });
});
