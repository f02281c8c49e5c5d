import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Installation, ROOT, TOKEN } from './programs.js';

const run = promisify(execFile);
const tool = (path: string) => join(ROOT, 'node_modules', path);

let here: Installation;
let folder: string;
beforeAll(async () => {
  here = new Installation();
  await here.startApi();
  await here.startWorker();
  folder = mkdtempSync(join(tmpdir(), 'typed-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const document = join(ROOT, 'docs/openapi.json');
  // Else a field that has a default would have to be sent.
  const options = ['--default-non-nullable=false', '-o', join(folder, 'api.ts')];
  await run(process.execPath, [tool('openapi-typescript/bin/cli.js'), document, ...options]);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await here.end();
});

/** Compiles the program in the folder, as strict as there is. */
function compile(program: string) {
  writeFileSync(join(folder, 'program.ts'), program);
  const options = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--skipLibCheck'];
  const target = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom', '--types', 'node'];
  return run(process.execPath, [tool('typescript/bin/tsc'), ...options, ...target, 'program.ts'], { cwd: folder });
}

describe('a client that is generated from docs/openapi.json', () => {
  it('compiles, and does what its types say', async () => {
    await compile(PROGRAM);
    const env = { PATH: process.env.PATH, API: here.url, TOKEN };
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder, env });
    expect(JSON.parse(stdout)).toEqual({
      submitted: 'pending',
      record: { status: 'completed', stdout: 'typed\n', exitCode: 0, command: 'echo typed' },
      batch: ['completed', 'failed'],
      file: 'content',
      listed: 'command',
      page: ['typed\n'],
      schedule: '0 3 * * *',
      worker: 'online',
      refused: ['validation_failed', 'timeout'],
    });
  });

  it.each([
    ['a status that there is not', "body: { command: 'true', retryOn: ['completed'] }"],
    ['a field of the wrong type', "body: { command: 'true', timeout: 'soon' }"],
    ['a task without what it is about', "body: { type: 'file-read' }"],
  ])('refuses %s when it is compiled', async (_, body) => {
    await expect(compile(`${HEAD}await api.POST('/tasks', { ${body} });\n`)).rejects.toMatchObject({
      stdout: expect.stringMatching(/program\.ts.*error TS/),
    });
  });

  it('names every tool of MCP with its arguments', () => {
    const types = readFileSync(join(folder, 'api.ts'), 'utf8');
    for (const name of ['RunCommandDto', 'TaskOutcomeDto']) expect(types).toContain(`${name}: {`);
  });
});

const HEAD = `
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const { API: baseUrl = '', TOKEN = '' } = process.env;
const api = createClient<paths>({ baseUrl, headers: { Authorization: \`Bearer \${TOKEN}\` } });
`;

const PROGRAM = `${HEAD}
function sure<T>({ data, error }: { data?: T; error?: { detail: string } }): T {
  if (data === undefined) throw new Error(error?.detail);
  return data;
}

const submitted = sure(await api.POST('/tasks', {
  params: { header: { 'Idempotency-Key': 'once' } },
  body: { command: 'echo typed' },
}));
const record = sure(await api.GET('/tasks/{id}', {
  params: { path: { id: submitted.taskId }, query: { wait: 30_000 } },
}));
const { tasks } = sure(await api.POST('/tasks/batch', {
  params: { query: { wait: 30_000 } },
  body: { tasks: [{ command: 'true' }, { type: 'command', command: 'false' }] },
}));
const path = '~/typed.txt';
sure(await api.POST('/files/write', { params: { query: { wait: 30_000 } }, body: { path, content: 'content' } }));
const file = sure(await api.POST('/files/read', { params: { query: { wait: 30_000 } }, body: { path } }));
const listed = sure(await api.GET('/tasks', { params: { query: { status: 'completed', type: 'command', q: 'typed' } } }));
const output = sure(await api.GET('/tasks/{id}/output', { params: { path: { id: submitted.taskId } } }));
const schedule = sure(await api.POST('/schedules', {
  body: { name: 'nightly', cron: '0 3 * * *', task: { command: 'true' } },
}));
const workers = sure(await api.GET('/workers'));
const refused = await api.POST('/tasks', { body: { command: 'true', timeout: -1 } });

const exitCode: number | null = record.exitCode;
console.log(JSON.stringify({
  submitted: submitted.status,
  record: { status: record.status, stdout: record.stdout, exitCode, command: record.command },
  batch: tasks.map(({ status }) => status),
  file: 'stdout' in file ? file.stdout : null,
  listed: listed.items[0]?.type,
  page: typeof output === 'string' ? [] : output.chunks.map(({ data }) => data),
  schedule: schedule.cron,
  worker: workers.items[0]?.status,
  refused: [refused.error?.code, refused.error?.errors?.[0]?.field],
}));
`;
