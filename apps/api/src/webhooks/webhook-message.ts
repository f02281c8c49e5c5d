import { LIMITS, type PerStream, STREAMS, type WebhookMessage } from '#contracts';
import type { StoredTask } from '../storage/task-store.js';
import type { Happening } from '../storage/webhook-store.js';
import { toRecord } from '../tasks/task-record.js';
import { BULKY } from '../tasks/task-submission.js';
import { headAndTail, jsonBytes } from './message-text.js';

/** What one field may take of a message, in bytes of JSON; `labels` are what receivers know a task by. */
const FIELD_BYTES = 1000;
const LABEL_BYTES = 4000;
/** What receivers are not told: what may be megabytes, and another receiver's URL. */
const UNTOLD: readonly string[] = [...BULKY, 'webhook', 'stdout', 'stderr'];

/** The body of a message: less than 20 kB of JSON, in which what is long is cut and named. */
export function composeMessage(happening: Happening): string {
  const { action, at, task } = happening;
  const data = task === null ? factsOf(happening) : taskData(task);
  const message: WebhookMessage = { type: action, timestamp: new Date(at).toISOString(), data };
  return JSON.stringify(message);
}

function factsOf({ action, target, detail, taskId }: Happening): Record<string, unknown> {
  const { data } = fitting(detail);
  switch (action) {
    case 'worker.registered':
    case 'worker.offline':
      return { ...data, name: target };
    case 'schedule.fired':
    case 'schedule.skipped':
      return { ...data, id: target, taskId };
    default:
      return { ...data, webhookId: target };
  }
}

/** The record as a read shows it, as far as it fits; the rest is where `links` lead. */
function taskData(task: StoredTask): Record<string, unknown> {
  const record = toRecord(task);
  const { data, cut } = fitting(Object.fromEntries(Object.entries(record).filter(([name]) => !UNTOLD.includes(name))));
  const links = { task: `/tasks/${task.id}`, output: `/tasks/${task.id}/output` };
  // With room for the envelope and the names of the streams.
  const room = LIMITS.webhooks.bodyBytes - 500 - jsonBytes({ ...data, cut, links });
  const output = outputWithin(record, room);
  const shortened = STREAMS.filter((stream) => output[stream] !== record[stream]);
  return { ...data, ...output, cut: [...cut, ...shortened], links };
}

/** Both streams within `room`: what one leaves is the other's. */
function outputWithin(
  record: PerStream<string> & { stdoutEncoding: string; stderrEncoding: string },
  room: number,
): PerStream<string> {
  const needs = { stdout: jsonBytes(record.stdout), stderr: jsonBytes(record.stderr) };
  const half = Math.floor(room / 2);
  const share = (own: number, other: number) => Math.min(own, Math.max(half, room - other));
  const within = (stream: 'stdout' | 'stderr', bytes: number) => {
    const whole = needs[stream] <= bytes;
    // Of base64, pieces are worth nothing.
    if (!whole && record[`${stream}Encoding`] === 'base64') return '';
    return whole ? record[stream] : headAndTail(record[stream], bytes);
  };
  return {
    stdout: within('stdout', share(needs.stdout, needs.stderr)),
    stderr: within('stderr', share(needs.stderr, needs.stdout)),
  };
}

/** Long texts are cut; what else is long is left out. Both are named in `cut`. */
function fitting(fields: Record<string, unknown>): { data: Record<string, unknown>; cut: string[] } {
  const cut: string[] = [];
  const entries = Object.entries(fields).flatMap(([name, value]) => {
    const max = name === 'labels' ? LABEL_BYTES : FIELD_BYTES;
    if (value === undefined || jsonBytes(value) <= max) return [[name, value]];
    cut.push(name);
    return typeof value === 'string' ? [[name, headAndTail(value, max)]] : [];
  });
  return { data: Object.fromEntries(entries), cut };
}
