import { isUtf8 } from 'node:buffer';
import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { LIMITS, type OutputChunk, type OutputPage } from '#contracts';
import type { Call } from '../http/call.js';
import { BEAT_MS, EventStream } from '../http/event-stream.js';
import { longPoll } from '../http/long-poll.js';
import { OUTPUT_STORE, WAKEUPS } from '../injection-tokens.js';
import { Shutdown } from '../shutdown.js';
import type { OutputStore, StoredChunk } from '../storage/output-store.js';
import type { Wakeups } from '../wakeups/wakeups.js';
import { TasksService, unknownTask } from './tasks.service.js';

/** What processes print, for those who watch. */
@Injectable()
export class TaskOutputService {
  constructor(
    @Inject(OUTPUT_STORE) private readonly store: OutputStore,
    @Inject(WAKEUPS) private readonly wakeups: Wakeups,
    private readonly tasks: TasksService,
    private readonly shutdown: Shutdown,
  ) {}

  /** The number of the chunk after which about `bytes` of the output follow. Throws `task_not_found`. */
  async beforeTail(id: string, bytes: number): Promise<number> {
    const before = await this.store.beforeTail(id, bytes);
    if (before === null) throw unknownTask(id);
    return before;
  }

  /** The chunks after number `after`, waiting at most `wait` ms for one, or for the end. Throws `task_not_found`. */
  async page(id: string, after: number, wait: number, call: Call): Promise<OutputPage> {
    const look = async (): Promise<OutputPage | null> => {
      const page = await this.store.page(id, after, LIMITS.output.pageBytes);
      if (!page) throw unknownTask(id);
      if (page.chunks.length === 0 && !page.done) return null;
      return { chunks: page.chunks.map(toChunk), next: page.chunks.at(-1)?.seq ?? after, done: page.done };
    };
    const signals = [call.gone, this.shutdown.signal];
    const page = await longPoll(this.wakeups, { topics: [`output:${id}`, `task:${id}`], look, wait, signals });
    return page ?? { chunks: [], next: after, done: false };
  }

  /**
   * Writes the chunks after number `after` as `output` events as they come, and then the record as an `end` event. A
   * server that stops breaks off before that, and the reader goes on with the next one. Throws `task_not_found`.
   */
  async follow(id: string, after: number, call: Call, response: Response): Promise<void> {
    let page = await this.page(id, after, 0, call);
    const stream = new EventStream(response, call.gone);
    for (;;) {
      for (const chunk of page.chunks) await stream.send('output', chunk, chunk.seq);
      if (page.done || call.gone.aborted || this.shutdown.begun) break;
      page = await this.page(id, page.next, BEAT_MS, call);
      if (page.chunks.length === 0 && !page.done) await stream.beat();
    }
    if (page.done && !call.gone.aborted) await stream.send('end', await this.tasks.read(id, 0, call));
    stream.end();
  }
}

function toChunk({ seq, attempt, stream, data, at }: StoredChunk): OutputChunk {
  const encoding = isUtf8(data) ? 'utf8' : 'base64';
  return { seq, attempt, stream, data: data.toString(encoding), encoding, at };
}
