import type { ScheduleEvent, TaskEvent, WorkerEvent } from '#contracts';
import { RefusedError } from './errors.js';
import type { TaskFilter } from './tasks.js';
import { sleep, type Transport } from './transport.js';

/** A hint that something has changed. After `reset`, anything may have: read everything anew. */
export type LiveEvent =
  | { event: 'task'; id: string; data: TaskEvent }
  | { event: 'worker'; id: string; data: WorkerEvent }
  | { event: 'schedule'; id: string; data: ScheduleEvent }
  | { event: 'reset'; id: string; data: Record<string, never> };

export type EventFilter = Pick<TaskFilter, 'status' | 'type' | 'worker' | 'schedule'>;

export interface EventOptions {
  /** The id of the event that was seen last. */
  after?: string;
  signal?: AbortSignal;
  /** Told whenever the stream is there, or is there no more and is tried again. */
  onConnection?: (connected: boolean) => void;
}

const PAUSE_MS = 1000;
/** Longer than the server is ever silent: a connection that brings nothing for so long is dead. */
const SILENCE_MS = 40_000;

/** What changes from now on, or has changed since `after`, over however many connections that takes; ends only by the signal or a refusal. */
export async function* liveEvents(
  transport: Transport,
  filter: EventFilter,
  { after, signal, onConnection }: EventOptions,
): AsyncGenerator<LiveEvent> {
  for (let seen = after; ; ) {
    try {
      for await (const event of connection(transport, filter, seen, { signal, onConnection })) {
        seen = event.id;
        yield event;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof RefusedError && error.status < 500 && error.status !== 429) throw error;
    }
    onConnection?.(false);
    await sleep(PAUSE_MS, signal);
  }
}

async function* connection(
  transport: Transport,
  filter: EventFilter,
  seen: string | undefined,
  { signal, onConnection }: EventOptions,
): AsyncGenerator<LiveEvent> {
  const dead = new AbortController();
  const either = signal ? AbortSignal.any([signal, dead.signal]) : dead.signal;
  const headers = { Accept: 'text/event-stream', ...(seen === undefined ? {} : { 'Last-Event-ID': seen }) };
  const { body } = await transport.send({
    path: '/events',
    query: { ...filter },
    headers,
    signal: either,
    retryFor: 0,
  });
  if (!body) return;
  onConnection?.(true);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let text = ''; ; ) {
      const timer = setTimeout(() => dead.abort(), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      const blocks = (text + value).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
    }
  } finally {
    dead.abort();
  }
}

/** Comments and the hint when to come again are no events. */
function parse(block: string): LiveEvent | null {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
  if (!fields.event || fields.id === undefined) return null;
  return { event: fields.event, id: fields.id, data: JSON.parse(fields.data) } as LiveEvent;
}
