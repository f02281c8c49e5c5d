import { Injectable } from '@nestjs/common';

/**
 * Keeps retention from removing entries under somebody who walks the chain from its beginning: to a reader that would
 * look like tampering. A page is removed while nobody reads, and whoever begins to read waits for that page.
 */
@Injectable()
export class ChainReaders {
  private reading = 0;
  private waiting: (() => void)[] = [];
  private removal: Promise<unknown> = Promise.resolve();

  async during<T>(read: () => Promise<T>): Promise<T> {
    this.reading++;
    try {
      await this.removal;
      return await read();
    } finally {
      this.reading--;
      if (this.reading === 0) for (const proceed of this.waiting.splice(0)) proceed();
    }
  }

  /** Runs `remove` once nobody reads. */
  async whenIdle<T>(remove: () => Promise<T>): Promise<T> {
    while (this.reading > 0) {
      await new Promise<void>((proceed) => {
        this.waiting.push(proceed);
      });
    }
    const removal = remove();
    this.removal = removal.catch(() => undefined);
    return removal;
  }
}
