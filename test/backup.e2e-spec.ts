import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { Installation, Program, ROOT, TOKEN } from './programs.js';

const BACKUP = 'dist/apps/api/backup/backup-command.js';
const RESTORE = 'dist/apps/api/backup/restore-command.js';
const MILLION = 1_000_000;

let here: Installation;
let data: string;
let database: string;
beforeEach(() => {
  here = new Installation();
  data = join(here.folder, 'data');
  database = join(data, 'openclaw.db');
});
afterEach(() => here.end());

const environment = () => ({ PATH: process.env.PATH, HOME: here.home, DATABASE_URL: `file:${database}` });

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}
/** Runs a program to its end, whatever that is. */
async function run(file: string, args: string[], options: object = {}): Promise<Outcome> {
  try {
    return { code: 0, ...(await promisify(execFile)(file, args, { env: environment(), ...options })) };
  } catch (error) {
    const { code, stdout, stderr } = error as Outcome;
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}
const command = (script: string, ...args: string[]) => run(process.execPath, [join(ROOT, script), ...args]);
async function succeed(script: string, ...args: string[]) {
  const { code, stdout, stderr } = await command(script, ...args, '--json');
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
const submit = async (body: object): Promise<string> => (await here.call('POST', '/tasks', body)).taskId;
const ended = (taskId: string) => here.call('GET', `/tasks/${taskId}?wait=60000`);
const held = async () => (await here.call('GET', '/tasks?held=true')).items;
const verified = () => here.call('GET', '/audit/verify');
const linesOf = (name: string) => readFileSync(join(here.folder, name), 'utf8').split('\n').slice(0, -1).sort();

describe('a backup', () => {
  it('is taken while tasks are submitted and run, and restores to one moment whose audit verifies', async () => {
    const api = await here.startApi();
    const worker = await here.startWorker();
    let busy = true;
    let submitted = 0;
    const submitting = (async () => {
      for (; busy; submitted++) await here.run('/tasks', { command: `echo ${submitted}` });
    })();
    const backups = [];
    for (let n = 0; n < 3; n++) {
      backups.push(await succeed(BACKUP));
      await here.run('/tasks', { command: 'true' });
    }
    busy = false;
    await submitting;
    expect(new Set(backups.map(({ path }) => path)).size).toBe(3);
    const entries = backups.map((backup) => backup.entries);
    expect(entries).toEqual([...entries].sort((a, b) => a - b));
    await worker.end();
    await api.end();

    for (const { path, head } of backups) {
      const fresh = join(here.folder, `fresh-${head.seq}`, 'openclaw.db');
      const restored = await succeed(RESTORE, path, '--database', fresh);
      expect(restored).toMatchObject({ epoch: 1, restored: head, aside: null, sealed: true, broken: null });
      const again = await here.startApi({ DATABASE_URL: `file:${fresh}` });
      const verdict = await verified();
      expect(verdict).toMatchObject({ ok: true, firstSeq: 1 });
      const { items } = await here.call('GET', '/audit?action=server.restored');
      expect(items).toMatchObject([{ seq: head.seq + 1, prevHash: head.hash, detail: { restoredSeq: head.seq } }]);
      await again.end();
    }
  });

  it('keeps as many as it is told to', async () => {
    await here.startApi();
    const folder = join(here.folder, 'kept');
    mkdirSync(folder);
    writeFileSync(join(folder, 'mine.db'), 'mine');
    for (let n = 0; n < 3; n++) await succeed(BACKUP, folder, '--keep', '2');
    const { path, removed } = await succeed(BACKUP, `${folder}/`, '--keep', '1');
    expect(removed).toHaveLength(2);
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([join(folder, 'mine.db'), path]);
  });

  it('that cannot be made leaves nothing behind, and says what to do', async () => {
    const api = await here.startApi();
    await succeed(BACKUP, join(here.folder, 'first.db'));
    const first = readFileSync(join(here.folder, 'first.db'), 'latin1');
    const full = await limited(BACKUP, join(here.folder, 'second.db'));
    expect(full).toMatchObject({ code: 1, stderr: expect.stringMatching(/second\.db/) });
    expect(await command(BACKUP, join(here.folder, 'first.db'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/first\.db exists already/),
    });
    expect(await command(BACKUP, '--keep', 'all')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/--keep 14/),
    });
    expect(await command(BACKUP, '--database', join(here.folder, 'none.db'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/there is no database at .*none\.db/),
    });
    expect(await command(BACKUP, '--nonsense')).toMatchObject({ code: 1, stderr: expect.stringMatching(/usage:/) });
    expect(readFileSync(join(here.folder, 'first.db'), 'latin1')).toBe(first);
    expect(readdirSync(here.folder).filter((name) => name.includes('second'))).toEqual([]);

    await api.end();
    const before = readFileSync(database, 'latin1');
    expect(await limited(RESTORE, join(here.folder, 'first.db'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/[Nn]othing was changed/),
    });
    expect(readFileSync(database, 'latin1')).toBe(before);
    expect(readdirSync(data)).not.toContain('openclaw.db.restoring');
  });

  /** Runs a command that may not write more than 64 KiB to any file. */
  function limited(script: string, ...args: string[]) {
    return run('bash', ['-c', 'ulimit -f 64; exec "$@"', 'bash', process.execPath, join(ROOT, script), ...args]);
  }
});

describe('a restored server', () => {
  it('does not run again what was done after the backup, until an operator says so', async () => {
    const api = await here.startApi();
    const append = (word: string) => ({ command: `echo ${word} >> ${join(here.folder, 'ran')}` });
    const tasks: string[] = [];
    for (const word of ['one', 'two', 'three']) tasks.push(await submit(append(word)));
    const { path } = await succeed(BACKUP, join(here.folder, 'backup.db'));
    const worker = await here.startWorker();
    for (const task of tasks) expect(await ended(task)).toMatchObject({ status: 'completed', attempt: 1 });
    await worker.end();
    await api.end();

    expect(await succeed(RESTORE, path)).toMatchObject({ held: 3, running: 0, epoch: 1 });
    overdue();
    await here.startApi();
    await here.startWorker();
    // Once this one has expired, those that are held have been passed over.
    expect(await ended(await submit({ command: 'true', worker: 'nobody', expiresIn: 1 }))).toMatchObject({
      status: 'expired',
    });
    const fresh = await here.run('/tasks', append('new'));
    expect(fresh).toMatchObject({ status: 'completed', attempt: MILLION + 1 });
    expect(linesOf('ran')).toEqual(['new', 'one', 'three', 'two']);
    const waiting = await held();
    expect(waiting.map(({ taskId }: { taskId: string }) => taskId).sort()).toEqual([...tasks].sort());
    expect(waiting[0]).toMatchObject({ status: 'pending', waitingFor: expect.stringMatching(/operator/) });

    await here.call('POST', `/tasks/${tasks[0]}/cancel`);
    expect(await here.call('POST', '/tasks/held/release', { ids: [tasks[1]] })).toEqual({ released: 1 });
    const released = await ended(tasks[1] ?? '');
    expect(released).toMatchObject({ status: 'completed' });
    expect(released.attempt).toBeGreaterThan(MILLION);
    expect(await here.call('POST', '/tasks/held/release', {})).toEqual({ released: 1 });
    await ended(tasks[2] ?? '');
    expect(linesOf('ran')).toEqual(['new', 'one', 'three', 'three', 'two', 'two']);
    expect(await held()).toEqual([]);
    expect(await verified()).toMatchObject({ ok: true });
  });

  /** Lets the time pass that everything may wait for, while the server is away. */
  function overdue(): void {
    const connection = new Database(database);
    connection.exec('UPDATE tasks SET expires_at = 1');
    connection.close();
  }

  it('hears the true result of a task that its worker held all the time, and forgets what it does not know', async () => {
    const api = await here.startApi();
    const worker = await here.startWorker();
    const [ran, gate] = [join(here.folder, 'ran'), join(here.folder, 'gate')];
    const untilOpen = `until test -e ${gate}; do sleep 0.05; done`;
    const task = await submit({ command: `echo known >> ${ran}; ${untilOpen}; echo through`, maxAttempts: 5 });
    await worker.line(new RegExp(`${task}.*task started`));
    const { path } = await succeed(BACKUP, join(here.folder, 'backup.db'));
    const later = await submit({ command: `echo later >> ${ran}; exec sleep 600` });
    await worker.line(new RegExp(`${later}.*task started`));
    await api.end();

    expect(await succeed(RESTORE, path)).toMatchObject({ held: 0, running: 1 });
    await here.startApi();
    expect(await here.call('GET', `/tasks/${later}`)).toMatchObject({ status: 404 });
    await worker.line(new RegExp(`${later}.*the server went on without this attempt`));
    await worker.line(new RegExp(`${later}.*task ended`));
    writeFileSync(gate, '');
    expect(await ended(task)).toMatchObject({ status: 'completed', attempt: 1, stdout: 'through\n' });
    expect(linesOf('ran')).toEqual(['known', 'later']);
  });

  it('ends a task that ran at the backup as lost when its worker has been done with it since', async () => {
    const api = await here.startApi();
    const worker = await here.startWorker();
    const [ran, gate] = [join(here.folder, 'ran'), join(here.folder, 'gate')];
    const wait = `until test -e ${gate}; do sleep 0.05; done`;
    const task = await submit({ command: `echo once >> ${ran}; ${wait}`, maxAttempts: 5, retryOn: ['lost', 'failed'] });
    await worker.line(/task started/);
    const { path } = await succeed(BACKUP, join(here.folder, 'backup.db'));
    writeFileSync(gate, '');
    expect(await ended(task)).toMatchObject({ status: 'completed' });
    await api.end();
    expect(await succeed(RESTORE, path)).toMatchObject({ running: 1 });
    await here.startApi();
    expect(await ended(task)).toMatchObject({ status: 'lost', attempt: 1 });
    await here.run('/tasks', { command: 'true' });
    expect(linesOf('ran')).toEqual(['once']);
  });
});

describe('a restore', () => {
  it('is refused while the server runs, and for a backup with one byte changed, before anything is touched', async () => {
    const api = await here.startApi();
    const task = await submit({ command: 'echo unmistakable' });
    const { path } = await succeed(BACKUP, join(here.folder, 'backup.db'));
    expect(await command(RESTORE, path)).toMatchObject({ code: 1, stderr: expect.stringMatching(/in use by another/) });
    expect(await here.call('GET', `/tasks/${task}`)).toMatchObject({ status: 'pending' });
    await api.end();

    const before = [readFileSync(database, 'latin1'), readdirSync(data)];
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('unmistakable')] = 'U'.charCodeAt(0);
    writeFileSync(join(here.folder, 'changed.db'), bytes);
    expect(await command(RESTORE, join(here.folder, 'changed.db'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/changed\.db is damaged/),
    });
    expect([readFileSync(database, 'latin1'), readdirSync(data)]).toEqual(before);
  });

  it('that is killed leaves the old database or the new one, and can be run again', async () => {
    const api = await here.startApi();
    const task = await submit({ command: 'true', metadata: { bulk: 'x'.repeat(16_000) } });
    const { path } = await succeed(BACKUP, join(here.folder, 'backup.db'));
    await api.end();
    const staged = join(data, 'openclaw.db.restoring');
    const moments: (() => boolean)[] = [
      () => existsSync(staged),
      () => existsSync(join(staged, 'openclaw.db')),
      () => existsSync(join(staged, 'openclaw.db-wal')),
      () => readdirSync(data).some((name) => name.includes('before-restore')),
    ];
    for (const moment of moments) {
      const program = new Program(RESTORE, [path, '--json'], environment() as Record<string, string>);
      await killedWhen(moment, program);
      const server = await here.startApi();
      const { status, waitingFor } = await here.call('GET', `/tasks/${task}`);
      expect(status).toBe('pending');
      expect([null, expect.stringMatching(/operator|worker/)]).toContainEqual(waitingFor);
      expect(await verified()).toMatchObject({ ok: true });
      await server.end();
      for (const name of readdirSync(data).filter((file) => file.includes('before-restore'))) rmSync(join(data, name));
    }
    expect(await succeed(RESTORE, path)).toMatchObject({ held: 1 });
    expect(existsSync(staged)).toBe(false);
  });

  /** Kills the program once `moment` has come, if it has not ended by then. */
  async function killedWhen(moment: () => boolean, program: Program): Promise<void> {
    let over = false;
    void program.exited.then(() => {
      over = true;
    });
    while (!over && !moment()) await new Promise(setImmediate);
    await program.end('SIGKILL');
  }
});

describe('docs/backup.md', () => {
  it('shows commands that work, in their order', async () => {
    const text = readFileSync(join(ROOT, 'docs/backup.md'), 'utf8');
    const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
    const paste = async (block: string | undefined) => {
      const env = { ...environment(), API: here.url, TOKEN, npm_config_update_notifier: 'false' };
      const { code, stdout, stderr } = await run('bash', ['-ec', block ?? 'false'], { env, cwd: ROOT });
      if (code !== 0) throw new Error(`${block}\n${stderr}`);
      return stdout;
    };
    const [backUp, restore, look, release, rehearse, ...more] = blocks;
    expect(more).toEqual([]);
    const api = await here.startApi();
    await submit({ command: 'true' });
    expect(await paste(backUp)).toMatch(/before-the-move\.db\n/);
    expect(readdirSync(join(data, 'backups'))).toHaveLength(1);
    expect(readdirSync(join(here.home, 'backups'))).toHaveLength(2);
    await paste(rehearse);
    await api.end();
    expect(await paste(restore)).toMatch(/held {6}1 waiting/);
    await here.startApi();
    expect(JSON.parse(await paste(look)).items).toHaveLength(1);
    expect(JSON.parse(await paste(release))).toEqual({ released: 1 });
  });
});
