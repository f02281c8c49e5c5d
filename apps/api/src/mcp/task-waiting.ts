import { Inject, Injectable } from '@nestjs/common';
import type { OutputChunk } from '#contracts';
import type { Clock } from '../domain/clock.js';
import { BEAT_MS } from '../http/event-stream.js';
import { CLOCK } from '../injection-tokens.js';
import { Shutdown } from '../shutdown.js';
import { TaskOutputService } from '../tasks/task-output.service.js';
import { TasksService } from '../tasks/tasks.service.js';
import type { ToolContext } from './tool.js';

/** How long it is silent between two reports, in milliseconds: an agent is not to be flooded. */
const PAUSE_MS = 250;
/** How much of the newest output a report shows, in characters. */
const SHOWN = 500;

/** Waits for the end of a task, and tells who asked for it how it goes. */
@Injectable()
export class TaskWaiting {
  constructor(
    private readonly tasks: TasksService,
    private readonly output: TaskOutputService,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly shutdown: Shutdown,
  ) {}

  /** Until the task has ended, for at most `wait` ms, and no longer than somebody wants to know. */
  async ended(id: string, wait: number, { call, report }: ToolContext): Promise<void> {
    if (!report) return this.tasks.ended([id], wait, call);
    const until = this.clock.now().monotonic + wait;
    for (let after = 0; ; ) {
      const left = Math.max(0, Math.floor(until - this.clock.now().monotonic));
      const { chunks, next, done } = await this.output.page(id, after, Math.min(left, BEAT_MS), call);
      if (done || left === 0 || call.gone.aborted || this.shutdown.begun) return;
      await report(chunks.length > 0 ? newest(chunks) : 'nothing new; it goes on');
      after = next;
      // More may come at once; the end is not waited for any longer than this.
      await this.tasks.ended([id], Math.min(left, PAUSE_MS), call);
    }
  }
}

/** The last lines of what was printed. */
function newest(chunks: readonly OutputChunk[]): string {
  const text = chunks.map(({ data, encoding }) => (encoding === 'utf8' ? data : '(bytes)')).join('');
  return text.slice(-SHOWN).trim();
}
