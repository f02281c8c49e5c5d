import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isRunning, pidIn, until } from '../apps/worker/src/testing/processes.js';
import { Installation } from './programs.js';

let here: Installation;
let left: number[];
beforeEach(() => {
  here = new Installation();
  left = [];
});
afterEach(async () => {
  for (const pid of left.filter(isRunning)) process.kill(pid, 'SIGKILL');
  await here.end();
});

const ended = (taskId: string) => here.call('GET', `/tasks/${taskId}?wait=60000`);
/** The number of a process that notes it in a file and stays. */
async function started(file: string): Promise<number> {
  const pid = await pidIn(join(here.folder, file));
  left.push(pid);
  return pid;
}
const stay = (file: string) => `sh -c 'echo $$ > ${join(here.folder, file)}; while :; do sleep 0.1; done'`;

describe('a worker that is killed', () => {
  it('ends at its next start what it left running, in whatever session, and nothing runs twice', async () => {
    await here.startApi();
    const worker = await here.startWorker();
    const ran = join(here.folder, 'ran');
    const command = `echo ran >> ${ran}; setsid ${stay('daemon')} & ${stay('child')}`;
    const { taskId } = await here.call('POST', '/tasks', { command });
    const pids = [await started('daemon'), await started('child')];
    await worker.end('SIGKILL');
    expect(pids.map(isRunning)).toEqual([true, true]);
    const next = await here.startWorker();
    expect(pids.map(isRunning)).toEqual([false, false]);
    await next.line(/an earlier run of this worker left a task running: it is ended/);
    expect(await ended(taskId)).toMatchObject({ status: 'lost', attempt: 1 });
    expect(readFileSync(ran, 'utf8')).toBe('ran\n');
  });

  it('leaves alone what an attempt that was over had left on purpose', async () => {
    await here.startApi();
    const worker = await here.startWorker();
    await here.run('/tasks', { command: `setsid ${stay('daemon')} > /dev/null 2>&1 &` });
    const daemon = await started('daemon');
    await worker.end('SIGKILL');
    await here.startWorker();
    expect(isRunning(daemon)).toBe(true);
  });
});

describe('a cancel', () => {
  it('ends what has left the process group, and the record says so', async () => {
    await here.startApi();
    await here.startWorker();
    const { taskId } = await here.call('POST', '/tasks', { command: `setsid ${stay('daemon')} & ${stay('child')}` });
    const pids = [await started('daemon'), await started('child')];
    await here.call('POST', `/tasks/${taskId}/cancel`);
    const { status, error, metadata } = await ended(taskId);
    expect({ status, error }).toEqual({ status: 'cancelled', error: 'cancelled on request' });
    expect(metadata.termination).toMatchObject({ signals: ['SIGTERM'], survived: [] });
    expect(pids.map(isRunning)).toEqual([false, false]);
  });

  it('that comes after the end changes nothing but a note', async () => {
    await here.startApi();
    await here.startWorker();
    const { taskId } = await here.call('POST', '/tasks', { command: 'echo done' });
    expect(await ended(taskId)).toMatchObject({ status: 'completed' });
    expect(await here.call('POST', `/tasks/${taskId}/cancel`)).toMatchObject({ status: 409, code: 'task_ended' });
    expect(await ended(taskId)).toMatchObject({ status: 'completed', cancelRequestedAt: null, metadata: {} });
  });
});

describe('a worker that may make cgroups', () => {
  /** Where version 2 is mounted; a cgroup of the test's own below it, or null where it may make none. */
  function makeCgroup(): string | null {
    const mount = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.includes(' - cgroup2 '))
      ?.split(' ')[4];
    const path = join(mount ?? '/nowhere', `test-${process.pid}`);
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      // No root, no version 2, or a read-only mount: the worker can make none either.
      expect(['EACCES', 'EPERM', 'EROFS', 'ENOENT']).toContain((error as NodeJS.ErrnoException).code);
      return null;
    }
  }

  it('ends even what has shed its mark and left its parent, which others do not find', async () => {
    await here.startApi();
    const cgroup = makeCgroup();
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
    const back = cgroup && join(cgroup, '..', own === '/' ? '' : own, 'cgroup.procs');
    if (cgroup) writeFileSync(join(cgroup, 'cgroup.procs'), String(process.pid));
    try {
      await here.startWorker();
    } finally {
      if (back) writeFileSync(back, String(process.pid));
    }
    const command = `(setsid env -i PATH="$PATH" ${stay('daemon')} &); ${stay('child')}`;
    const { taskId } = await here.call('POST', '/tasks', { command });
    const [daemon, child] = [await started('daemon'), await started('child')];
    await here.call('POST', `/tasks/${taskId}/cancel`);
    const { status, metadata } = await ended(taskId);
    expect({ status, reach: metadata.termination.reach }).toEqual({
      status: 'cancelled',
      reach: cgroup ? 'cgroup' : 'process-tree',
    });
    expect([isRunning(daemon), isRunning(child)]).toEqual([cgroup === null, false]);
    await here.end();
    here = new Installation();
    if (cgroup) await until(() => readFileSync(join(cgroup, 'cgroup.procs'), 'utf8') === '');
    if (cgroup) rmdirSync(cgroup);
  });
});
