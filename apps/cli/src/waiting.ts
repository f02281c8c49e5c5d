import yoctoSpinner from 'yocto-spinner';
import type { Submission } from '#client';
import type { TaskRecord } from '#contracts';
import { patientClient, type Session } from './session.js';
import { say, type Terminal } from './terminal.js';

/** A task that no worker has begun by then waits for something that the person should know of, in milliseconds. */
const PATIENCE_MS = 2000;

/** What keeps a waiting task from being begun, with what to do; null when it is not kept. */
async function whyWaiting({ client }: Session, taskId: string): Promise<string | null> {
  const { status, waitingFor } = await client.tasks.read(taskId);
  if (status !== 'pending') return null;
  if (waitingFor !== null) return `${waitingFor}; ocw workers tells which there are`;
  const workers = await client.workers.list();
  if (workers.some(({ status: state }) => state === 'online')) return 'every worker is busy';
  if (workers.some(({ status: state }) => state === 'draining'))
    return 'every worker drains: ocw resume NAME lifts that';
  return 'no worker is online: start one on the machine to control, with ocw worker';
}

/** Says once what a task waits for, unless it has begun or ended soon. The caller ends that with `stop`. */
export function tellWaiting(session: Session, taskId: string): { stop: () => void } {
  const timer = setTimeout(async () => {
    // It is a word of comfort: what goes wrong with it, whoever waits for the task is told.
    const why = await whyWaiting(session, taskId).catch(() => null);
    if (why !== null && !stopped) say(session.terminal, `it waits: ${why}`);
  }, PATIENCE_MS);
  let stopped = false;
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
  };
  return { stop };
}

/** Runs a task that is a step of something else; an abort cancels it. `doing` is shown on a terminal meanwhile. */
export async function runStep(
  session: Session,
  step: Submission,
  { doing, signal }: { doing: string; signal?: AbortSignal },
): Promise<TaskRecord> {
  const { taskId } = await session.client.tasks.submit(step, { signal });
  const waiting = tellWaiting(session, taskId);
  const shown = spinner(session.terminal, doing);
  try {
    return await patientClient(session).tasks.wait(taskId, { signal });
  } catch (error) {
    if (signal?.aborted) await session.client.tasks.cancel(taskId).catch(() => undefined);
    throw error;
  } finally {
    shown.stop();
    waiting.stop();
  }
}

/** Shows on a terminal that something goes on, and nothing anywhere else. */
function spinner({ stderr, env }: Terminal, text: string): { stop: () => void } {
  if (!stderr.isTTY || env.TERM === 'dumb') return { stop: () => undefined };
  const shown = yoctoSpinner({ text, stream: stderr, handleSignals: false }).start();
  return { stop: () => shown.stop() };
}
