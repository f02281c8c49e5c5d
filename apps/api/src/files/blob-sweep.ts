import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { inPages } from '../background-work.js';
import type { Clock } from '../domain/clock.js';
import { CLOCK, FILE_STORE, LOGGER } from '../injection-tokens.js';
import { BlobFolder } from '../storage/blob-folder.js';
import type { FileStore } from '../storage/file-store.js';

/** How many rows one transaction removes: the event loop is free between two. */
const PAGE = 200;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Removes files that nobody needs any more, and what interrupted work has left. */
@Injectable()
export class BlobSweep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly running = new Map<string, Promise<void>>();
  private stopped = false;

  constructor(
    @Inject(FILE_STORE) private readonly store: FileStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly blobs: BlobFolder,
  ) {}

  onApplicationBootstrap(): void {
    void this.removeOrphans();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running.values());
  }

  /** What belonged to tasks and uploads that are gone. */
  @Interval(5000)
  removeFiles(): Promise<void> {
    return this.alone('files of removed tasks', async () => {
      while (!this.stopped) {
        const ids = await this.store.removedBlobs(PAGE);
        if (ids.length === 0) break;
        // The file first: a row without a file is looked at again, a file without a row is not soon found.
        for (const id of ids) await this.blobs.remove(id);
        await this.store.forgetRemoved(ids);
      }
    });
  }

  @Interval(60_000)
  removeOld(): Promise<void> {
    return this.alone('old uploads', async () => {
      await inPages(PAGE, () => this.store.removeExpiredUploads(this.clock.now(), PAGE));
      await inPages(PAGE, () => this.store.removeAbandoned(this.clock.now().wall - DAY_MS, PAGE));
    });
  }

  /** Files whose row was never written, since the server ended in between. */
  @Interval(DAY_MS)
  removeOrphans(): Promise<void> {
    return this.alone('files that belong to nothing', async () => {
      for await (const ids of this.blobs.unchangedSince(this.clock.now().wall - HOUR_MS)) {
        if (this.stopped) break;
        for (const id of await this.store.unknownOf(ids)) await this.blobs.remove(id);
      }
    });
  }

  /** One at a time of each kind. */
  private alone(what: string, remove: () => Promise<void>): Promise<void> {
    const running = this.running.get(what) ?? this.tried(what, remove).finally(() => this.running.delete(what));
    this.running.set(what, running);
    return running;
  }

  private async tried(what: string, remove: () => Promise<void>): Promise<void> {
    try {
      await remove();
    } catch (err) {
      this.logger.error({ err }, `could not remove ${what}; trying again later`);
    }
  }
}
