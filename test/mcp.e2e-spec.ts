import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, type Era, type Way } from './agent.js';
import { endOf, Ocw } from './ocw.js';
import { Installation } from './programs.js';

const TOOLS = [
  'run_command',
  'read_file',
  'write_file',
  'edit_file',
  'list_directory',
  'ask_claude',
  'task_status',
  'task_output',
  'cancel_task',
  'list_tasks',
  'list_workers',
  'schedule_task',
];
const READING = ['task_status', 'task_output', 'list_tasks', 'list_workers'];

let here: Installation;
beforeAll(async () => {
  here = new Installation();
  await here.installClaude();
  await here.startApi();
  await here.startWorker();
});
afterAll(() => here.end());

const newToken = async (role: string) => here.call('POST', '/tokens', { name: `a ${role}`, role });

/** The id of the task that holds these words, once there is one. */
async function begun(words: string): Promise<string> {
  for (;;) {
    const { items } = await here.call('GET', `/tasks?q=${encodeURIComponent(words)}`);
    if (items.length > 0) return items[0].taskId;
  }
}

/** Resolves when the agent has been told what matches. */
function told(pattern: RegExp) {
  let hear: () => void;
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
  });
  return { heard, onProgress: (message: string) => pattern.test(message) && hear() };
}

const WAYS: [Way, Era][] = [
  ['http', 'modern'],
  ['http', 'legacy'],
  ['stdio', 'modern'],
  ['stdio', 'legacy'],
];

describe.each(WAYS)('MCP over %s, %s', (way, era) => {
  let agent: Agent;
  const at = (name: string) => join(here.home, `${name}-${way}-${era}`);
  beforeAll(async () => {
    agent = await Agent.connect(here, way, era);
  });
  afterAll(() => agent.end());

  it('has every tool for who may do everything, with what it does to the world', async () => {
    const { tools } = await agent.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(TOOLS);
    const reading = tools.filter(({ annotations }) => annotations?.readOnlyHint);
    expect(reading.map(({ name }) => name)).toEqual(['read_file', 'list_directory', ...READING]);
    for (const { inputSchema, outputSchema, description } of tools) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object' });
      expect(description).toMatch(/\.$/);
    }
  });

  it('runs a command', async () => {
    const done = await agent.use('run_command', { command: 'echo out; echo err >&2; pwd', cwd: '~', env: { A: 'b' } });
    expect(done.isError).toBe(false);
    expect(done.structuredContent).toMatchObject({ status: 'completed', exitCode: 0, stderr: 'err\n', next: null });
    expect(done.content.map(({ text }) => text)).toEqual([
      `out\n${here.home}\n`,
      '[stderr]\nerr\n',
      expect.stringMatching(/^command task \S+: completed; exit code 0; \d+ ms; on test-worker$/),
    ]);
    const failed = await agent.use('run_command', { command: 'exit 3' });
    expect(failed).toMatchObject({ isError: true, structuredContent: { status: 'failed', exitCode: 3 } });
  });

  it('tells of output while it is printed', async () => {
    const { heard, onProgress } = told(/one/);
    const command = `echo one; until [ -e '${at('go')}' ]; do sleep 0.05; done; echo two`;
    const running = agent.use('run_command', { command }, { onProgress });
    await heard;
    writeFileSync(at('go'), '');
    expect((await running).structuredContent).toMatchObject({ status: 'completed', stdout: 'one\ntwo\n' });
  });

  it('ends what was begun for a call that is cancelled', async () => {
    const { heard, onProgress } = told(/begun/);
    const stop = new AbortController();
    const command = `echo begun; sleep 600; : ${way} ${era}`;
    const running = agent.use('run_command', { command, timeout: 900_000 }, { signal: stop.signal, onProgress });
    await heard;
    stop.abort();
    await expect(running).rejects.toThrow();
    const { items } = await agent.ask('list_tasks', { q: `${way} ${era}`, limit: 1 });
    const { taskId } = items[0];
    expect(await agent.ask('task_status', { taskId, wait: 60_000 })).toMatchObject({ status: 'cancelled' });
  });

  it('goes on with what takes longer than the call', async () => {
    const command = `until [ -e '${at('end')}' ]; do sleep 0.05; done; echo ended`;
    const begun = await agent.ask('run_command', { command, wait: 0 });
    expect(begun).toMatchObject({ exitCode: null, next: expect.stringContaining('task_status') });
    const step = JSON.parse(begun.next.replace(/^.*task_status /, ''));
    writeFileSync(at('end'), '');
    expect(await agent.ask('task_status', step)).toMatchObject({ status: 'completed', stdout: 'ended\n' });
    const waiting = await agent.ask('run_command', { command: 'sleep 600', wait: 0, timeout: 900_000 });
    await agent.ask('cancel_task', { taskId: waiting.taskId });
    expect(await agent.ask('task_status', { taskId: waiting.taskId, wait: 60_000 })).toMatchObject({
      status: 'cancelled',
    });
  });

  it('gives long output in pieces that are all of it', async () => {
    const whole = `${Array.from({ length: 20_000 }, (_, index) => `${index + 1} 🌍`).join('\n')}\n`;
    const long = await agent.ask('run_command', { command: "seq -f '%.0f 🌍' 20000" });
    expect(long.stdout.length + long.leftOut.stdout).toBeGreaterThanOrEqual(whole.length);
    expect(long.stdout.length).toBeLessThan(25_100);
    expect(long.stdout.startsWith('1 🌍\n2 🌍\n')).toBe(true);
    expect(long.stdout.endsWith('20000 🌍\n')).toBe(true);
    const step = JSON.parse(long.next.replace(/^.*task_output /, ''));
    let text = whole.slice(0, step.offset);
    for (let { offset } = step, done = false; !done; ) {
      const piece = await agent.ask('task_output', { ...step, offset, maxCharacters: 50_000 });
      text += piece.text;
      ({ nextOffset: offset, done } = piece);
    }
    expect(text).toBe(whole);
  });

  it('reads, writes and edits files, and notices what others have changed', async () => {
    const path = `${at('notes')}/todo.txt`;
    expect(await agent.ask('write_file', { path, content: 'buy milk\n' })).toMatchObject({ status: 'completed' });
    const read = await agent.use('read_file', { path });
    expect(read.content[0]?.text).toBe('buy milk\n');
    const { sha256 } = read.structuredContent.file;
    const edit = { path, oldString: 'milk', newString: 'oat milk', ifMatch: sha256 };
    expect(await agent.ask('edit_file', edit)).toMatchObject({ status: 'completed' });
    expect(readFileSync(path, 'utf8')).toBe('buy oat milk\n');
    const late = await agent.use('write_file', { path, content: 'mine', ifMatch: sha256 });
    expect(late).toMatchObject({ isError: true, structuredContent: { status: 'failed' } });
    expect(readFileSync(path, 'utf8')).toBe('buy oat milk\n');
    const listed = await agent.ask('list_directory', { path: at('notes') });
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'todo.txt', kind: 'file', size: 13 }]);
  });

  it('asks Claude, and goes on with the conversation', async () => {
    const first = await agent.ask('ask_claude', { prompt: 'hello' });
    expect(first).toMatchObject({ stdout: 'turn 1: hello\n', sessionId: expect.any(String) });
    const { sessionId } = first;
    expect(await agent.ask('ask_claude', { prompt: 'again', sessionId })).toMatchObject({
      stdout: 'turn 2: again\n',
      sessionId,
    });
    const { contents } = await agent.client.readResource({ uri: 'ocw://claude/sessions' });
    expect(JSON.parse((contents[0] as { text: string }).text).sessions[0]).toMatchObject({ sessionId, taskCount: 2 });
  });

  it('schedules a task, and shows workers', async () => {
    const name = `nightly ${way} ${era}`;
    const made = await agent.ask('schedule_task', { name, cron: '0 3 * * *', task: { command: 'true' } });
    expect(made).toMatchObject({ name, nextFireAt: expect.any(Number) });
    const { items } = await agent.ask('list_workers');
    expect(items).toMatchObject([{ name: 'test-worker', status: 'online' }]);
  });

  it('does once what is asked twice with one key', async () => {
    const command = { command: `echo once ${way} ${era}`, idempotencyKey: `${way}-${era}` };
    const [first, second] = [await agent.ask('run_command', command), await agent.ask('run_command', command)];
    expect(second.taskId).toBe(first.taskId);
    const other = await agent.use('run_command', { ...command, command: 'true' });
    expect(other).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^idempotency_key_reused/) }],
    });
  });

  it('says what is wrong with what it is asked', async () => {
    await expect(agent.use('fly')).rejects.toThrow(/fly not found/);
    const wrong = await agent.use('run_command', { command: '', speed: 'high' });
    expect(wrong.isError).toBe(true);
    expect(wrong.content[0]?.text).toMatch(/speed is not a field .*command must not be empty/);
    const schedule = { name: 'odd', cron: 'whenever', task: { command: '' } };
    expect((await agent.use('schedule_task', schedule)).content[0]?.text).toMatch(/cron .*task: command must not/);
    const taskId = '0190b3c0-0000-7000-8000-000000000000';
    expect((await agent.use('task_status', { taskId })).content[0]?.text).toBe(
      `task_not_found: there is no task ${taskId}`,
    );
  });

  it('shows tasks, and the files that they leave, as resources', async () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]);
    writeFileSync(`${at('shot')}.png`, bytes);
    const left = await agent.ask('run_command', { command: 'true', artifacts: [`${at('shot')}.png`] });
    const [uri] = left.artifacts;
    const { contents } = await agent.client.readResource({ uri });
    expect(contents).toMatchObject([{ uri, mimeType: 'image/png', blob: bytes.toString('base64') }]);
    const { resources } = await agent.client.listResources();
    const uris = resources.map((resource) => resource.uri);
    expect(uris).toEqual(expect.arrayContaining([uri, `ocw://tasks/${left.taskId}`, 'ocw://claude/sessions']));
    const task = await agent.client.readResource({ uri: `ocw://tasks/${left.taskId}` });
    expect(JSON.parse((task.contents[0] as { text: string }).text)).toEqual(left);
    const { resourceTemplates } = await agent.client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'ocw://tasks/{taskId}',
      'ocw://tasks/{taskId}/artifacts/{name}',
    ]);
    await expect(agent.client.readResource({ uri: `ocw://tasks/${left.taskId}/artifacts/none` })).rejects.toThrow(
      /no file of this name/,
    );
  });

  it('lets a viewer look, and nothing else', async () => {
    const { token } = await newToken('viewer');
    const viewer = await Agent.connect(here, way, era, token);
    const { tools } = await viewer.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(READING);
    for (const name of TOOLS.filter((tool) => !READING.includes(tool))) {
      await expect(viewer.use(name, { command: 'true' })).rejects.toThrow(/role viewer may not use/);
    }
    expect((await viewer.ask('list_tasks', { limit: 1 })).items).toHaveLength(1);
    await viewer.end();
  });

  it('lets neither a worker in, nor a stranger', async () => {
    const { token } = await newToken('worker');
    await expect(Agent.connect(here, way, era, token)).rejects.toThrow(
      /role worker may not do this|HTTP 403|did not offer/,
    );
    await expect(Agent.connect(here, way, era, 'not-a-token-of-this-server')).rejects.toThrow(
      /token|HTTP 401|did not offer/,
    );
  });

  it('hands out nothing when its token is revoked meanwhile', async () => {
    const { id, token } = await newToken('client');
    const guest = await Agent.connect(here, way, era, token);
    const command = `sleep 600; : guest ${way} ${era}`;
    const waiting = guest.use('run_command', { command, timeout: 900_000, wait: 60_000 });
    const answer = waiting.then(
      ({ content }) => content[0]?.text,
      (error: Error) => error.message,
    );
    const taskId = await begun(`guest ${way} ${era}`);
    await here.call('DELETE', `/tokens/${id}`);
    expect(await answer).toMatch(/revoked|does not take this token/);
    await expect(guest.use('list_tasks')).rejects.toThrow(/token/);
    await agent.ask('cancel_task', { taskId });
    await guest.end().catch(() => undefined);
  });

  it('says so when the server dies, and what was begun goes on', async () => {
    const { heard, onProgress } = told(/begun/);
    const command = `echo begun; until [ -e '${at('back')}' ]; do sleep 0.05; done; echo ended`;
    const stop = new AbortController();
    const running = agent.use('run_command', { command, timeout: 120_000 }, { onProgress, signal: stop.signal });
    const failure = running.then(
      () => 'answered',
      (error: Error) => error.message,
    );
    // The client itself tells of a stream that broke, and waits on; ocw mcp answers in the place of the server.
    const broken = new Promise<string>((resolve) => {
      agent.client.onerror = ({ message }) => resolve(message);
    });
    await heard;
    await here.restartApi();
    expect(await (way === 'http' ? broken : failure)).toMatch(/disconnected|connection to the server broke/);
    stop.abort();
    await failure;
    writeFileSync(at('back'), '');
    const { items } = await agent.ask('list_tasks', { q: 'begun', limit: 1 });
    const { taskId } = items[0];
    expect(await agent.ask('task_status', { taskId, wait: 60_000 })).toMatchObject({ stdout: 'begun\nended\n' });
  });
});

describe('ocw mcp', () => {
  it('prints nothing but the protocol, and ends with its input', async () => {
    const child = new Ocw(here).start(['mcp']);
    const { stdin, stdout } = child;
    stdin?.write('no message\n{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    const [printed] = (await once(stdout as Readable, 'data')) as [Buffer];
    expect(JSON.parse(String(printed))).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    expect(await endOf(child)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('answers in the place of a server that is not there', async () => {
    const child = new Ocw(here, 'http://127.0.0.1:9').start(['mcp']);
    child.stdin?.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    const [printed] = (await once(child.stdout as Readable, 'data')) as [Buffer];
    expect(JSON.parse(String(printed))).toMatchObject({
      id: 1,
      error: { message: expect.stringMatching(/^the server cannot be reached: .*; try ocw doctor$/) },
    });
    expect(await endOf(child)).toMatchObject({ code: 0, stdout: '' });
  });
});
