import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from '#logging';
import { inPages } from './background-work.js';
import { LOGGER, STORAGE } from './injection-tokens.js';
import type { Storage } from './storage/storage.js';

/** Keeps searches from having much to catch up with. */
@Injectable()
export class SearchUpkeep {
  private indexing = false;

  constructor(
    @Inject(STORAGE) private readonly storage: Storage,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Interval(1000)
  async indexNew(): Promise<void> {
    if (this.indexing) return;
    this.indexing = true;
    try {
      await inPages(1, () => this.storage.indexNew());
    } catch (err) {
      this.logger.error({ err }, 'could not prepare new tasks for searches; trying again in a second');
    } finally {
      this.indexing = false;
    }
  }
}
