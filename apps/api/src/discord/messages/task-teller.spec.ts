import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskRecord } from '#contracts';
import { DiscordFailure } from '#discord';
import { createLogger } from '#logging';
import type { TaskStatus } from '../../domain/task.js';
import { Shutdown } from '../../shutdown.js';
import type { PendingMessage } from '../../storage/discord-message-store.js';
import { StorageFull } from '../../storage/errors.js';
import { ManualClock } from '../../storage/testing/builders.js';
import { InProcessWakeups } from '../../wakeups/in-process-wakeups.js';
import { TaskTeller } from './task-teller.js';
import type { TellingParts } from './telling.js';

const CHANNEL = '1180000000000000001';
const OUTAGE = new DiscordFailure('Discord answered 503', 503, null);

/** More than a message shows, so that a file comes with it. */
const PRINTED = Buffer.from('a line\n'.repeat(1000));

let rows: PendingMessage[];
let statuses: Map<string, TaskStatus>;
/** What each of these is to fail with, one call after the other. */
let failing: Record<'pending' | 'statusOf' | 'remove' | 'post', Error[]>;
let posted: { content: string; files: number }[];
let shutdown: Shutdown;
let teller: TaskTeller;
let heard: () => void = () => undefined;

beforeEach(() => {
  rows = [];
  statuses = new Map();
  failing = { pending: [], statusOf: [], remove: [], post: [] };
  posted = [];
  shutdown = new Shutdown();
  teller = new TaskTeller(parts() as unknown as TellingParts);
});
afterEach(async () => {
  shutdown.begin();
  await teller.stop();
});

function fail(what: keyof typeof failing): void {
  const error = failing[what].shift();
  if (error) throw error;
}

function parts() {
  return {
    api: {
      canPost: true,
      post: async (_: string, { content }: { content: string }, files: unknown[]) => {
        fail('post');
        posted.push({ content, files: files.length });
      },
    },
    messages: {
      forgetTokens: async () => 0,
      pending: async (purposes: readonly string[], after: number, limit: number) => {
        fail('pending');
        return rows.filter(({ seq, purpose }) => seq > after && purposes.includes(purpose)).slice(0, limit);
      },
      remove: async (seq: number) => {
        fail('remove');
        rows = rows.filter((row) => row.seq !== seq);
        heard();
      },
    },
    store: {
      statusOf: async (id: string) => {
        fail('statusOf');
        return statuses.get(id) ?? 'running';
      },
    },
    output: {
      page: async (_: string, after: number) => ({
        chunks: after === 0 ? [{ seq: 1, attempt: 1, data: PRINTED }] : [],
        done: true,
      }),
    },
    artifacts: { list: async () => [] },
    record: async (taskId: string) => aRecord(taskId),
    wakeups: new InProcessWakeups(),
    clock: new ManualClock(),
    pauses: { first: 1, most: 1 },
    logger: createLogger('api', 'silent'),
    shutdown,
  };
}

const aRecord = (taskId: string): Partial<TaskRecord> & { command: string } => ({
  taskId,
  type: 'command',
  command: taskId,
  status: 'completed',
  attempt: 1,
  worker: null,
  duration: 1,
  error: null,
  outputBytes: { stdout: PRINTED.length, stderr: 0 },
});

function expectMessage(purpose: PendingMessage['purpose'], taskId: string): void {
  rows.push({ seq: rows.length + 1, purpose, taskId, channelId: CHANNEL, interaction: null, fileBytes: 1_000_000 });
}

/** Resolves when one was told and is gone. */
function toldOne(): Promise<void> {
  return new Promise((resolve) => {
    heard = resolve;
  });
}

async function tell(purpose: PendingMessage['purpose'] = 'progress'): Promise<void> {
  statuses.set('ended', 'completed');
  expectMessage(purpose, 'ended');
  const told = toldOne();
  await teller.start();
  await told;
}

describe('TaskTeller', () => {
  it.each(['pending', 'statusOf', 'remove'] as const)('tells once when %s has failed meanwhile', async (what) => {
    failing[what] = [new StorageFull(), new StorageFull(), new StorageFull()];
    await tell();
    expect(posted).toEqual([{ content: expect.stringContaining('`ended` · done'), files: 1 }]);
    expect(rows).toEqual([]);
  });

  it('tells an answer while any number of tasks run whose channel waits for their end', async () => {
    for (let n = 0; n < 1001; n++) expectMessage('end', `runs-${n}`);
    await tell('progress');
    expect(posted).toHaveLength(1);
  });

  it('gives up no file while nothing gets through', async () => {
    failing.post = [OUTAGE, OUTAGE, OUTAGE];
    await tell();
    expect(posted).toEqual([{ content: expect.not.stringContaining('could not be sent'), files: 1 }]);
  });

  it('tells without its files when they fail twice and the message does not', async () => {
    failing.post = [OUTAGE, OUTAGE];
    await tell();
    expect(posted).toEqual([{ content: expect.stringContaining('Its files could not be sent'), files: 0 }]);
  });

  it('tells without its files at once when those are refused', async () => {
    failing.post = [new DiscordFailure('Discord answered 413: Request entity too large (40005)', 413, 40005)];
    await tell();
    expect(posted).toEqual([{ content: expect.stringContaining('Its files could not be sent'), files: 0 }]);
  });
});
