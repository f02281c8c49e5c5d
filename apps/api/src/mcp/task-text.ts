import { Inject, Injectable } from '@nestjs/common';
import type { OutputChunk, StreamName, TaskRecord } from '#contracts';
import type { Clock } from '../domain/clock.js';
import type { Call } from '../http/call.js';
import { CLOCK } from '../injection-tokens.js';
import { Shutdown } from '../shutdown.js';
import { TaskOutputService } from '../tasks/task-output.service.js';
import { TasksService } from '../tasks/tasks.service.js';

type Printed = Record<StreamName, string>;

/** What a task has printed, as two texts: of one that has ended what its record shows, else what is there by now. */
@Injectable()
export class TaskText {
  constructor(
    private readonly tasks: TasksService,
    private readonly output: TaskOutputService,
    private readonly shutdown: Shutdown,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws `task_not_found`. */
  async read(id: string, call: Call): Promise<{ record: TaskRecord; printed: Printed; next: number }> {
    const record = await this.tasks.read(id, 0, call);
    if (record.completedAt !== null) return { record, printed: record, next: 0 };
    return { record, ...(await this.soFar(id, call)) };
  }

  /** The same, as soon as `stream` is longer than `offset` or the task has ended, after at most `wait` ms. */
  async beyond(id: string, stream: StreamName, offset: number, wait: number, call: Call) {
    const until = this.clock.now().monotonic + wait;
    for (;;) {
      const found = await this.read(id, call);
      const left = Math.floor(until - this.clock.now().monotonic);
      if (found.printed[stream].length > offset || found.record.completedAt !== null) return found;
      if (left <= 0 || call.gone.aborted || this.shutdown.begun) return found;
      await this.output.page(id, found.next, left, call);
    }
  }

  /** Of the newest attempt; the one before it says nothing of a task that goes on. */
  private async soFar(id: string, call: Call): Promise<{ printed: Printed; next: number }> {
    let chunks: OutputChunk[] = [];
    for (let next = 0; ; ) {
      const page = await this.output.page(id, next, 0, call);
      const newest = page.chunks.at(-1)?.attempt;
      if (newest !== undefined) chunks = [...chunks, ...page.chunks].filter(({ attempt }) => attempt === newest);
      next = page.next;
      if (page.done || page.chunks.length === 0) {
        return { printed: { stdout: join(chunks, 'stdout'), stderr: join(chunks, 'stderr') }, next };
      }
    }
  }
}

/** A character may begin in one chunk and end in the next; of one whose end is still to come, nothing is shown. */
function join(chunks: readonly OutputChunk[], stream: StreamName): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const parts = chunks
    .filter((chunk) => chunk.stream === stream)
    .map(({ data, encoding }) => decoder.decode(Buffer.from(data, encoding), { stream: true }));
  return parts.join('');
}
