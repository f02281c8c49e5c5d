import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Installation, Program, ROOT, TOKEN } from './programs.js';

const here = new Installation();
let worker: Program;
beforeAll(async () => {
  await here.startApi();
});
afterAll(async () => {
  await worker.end('SIGKILL');
  await here.end();
});

describe('the simplest worker and the simplest client', () => {
  it('work with each other through the server, knowing four calls', async () => {
    const env = { API: here.url, TOKEN };
    worker = new Program('test/simple/worker.mjs', [], env);
    const client = new Program('test/simple/client.mjs', [here.folder], env);
    await client.line(/does not know claude-cli/);
    expect(client.lines.map((line) => JSON.parse(line))).toEqual([
      { status: 'completed', stdout: 'hello\n', exitCode: 0, error: null },
      { status: 'failed', stdout: '', exitCode: 7, error: expect.any(String) },
      { status: 'completed', stdout: '', exitCode: 0, error: null },
      { status: 'completed', stdout: 'written', exitCode: 0, error: null },
      { status: 'failed', stdout: '', exitCode: 1, error: 'a simple worker does not know claude-cli' },
    ]);
    expect(await client.exited).toMatchObject({ code: 0 });
  });

  it.each(['worker.mjs', 'client.mjs'])('%s is short', (name) => {
    const lines = readFileSync(join(ROOT, 'test/simple', name), 'utf8').split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
  });
});
