import type { DiscordMessage } from '../../domain/discord-message.js';
import type { PendingMessage } from '../../storage/discord-message-store.js';
import { growing, rest } from './pauses.js';
import { Telling, type TellingParts } from './telling.js';

/** How many messages are looked after at a time; later ones wait for one of these to be done. */
const MOST = 1000;

/** Messages of some purposes, on their way to Discord in the order in which they came. */
export class Lane {
  private readonly underWay = new Map<number, Promise<void>>();
  private newest = 0;
  private loading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly purposes: readonly DiscordMessage['purpose'][],
    private readonly parts: TellingParts,
  ) {}

  /** Takes up what is new, one look after the other. */
  look(): void {
    this.loading = this.loading.then(() => this.untilDone(() => this.takeUp(), {}));
  }

  /** Resolves when nothing is under way any more, which the server's stop brings about. */
  async settled(): Promise<void> {
    await this.loading;
    await Promise.all(this.underWay.values());
  }

  private async takeUp(): Promise<void> {
    const { messages } = this.parts;
    const found = await messages.pending(this.purposes, this.newest, MOST - this.underWay.size);
    for (const message of found) {
      this.newest = message.seq;
      this.underWay.set(message.seq, this.tell(message));
    }
  }

  private async tell(message: PendingMessage): Promise<void> {
    const { seq, taskId } = message;
    const telling = new Telling(message, this.parts);
    const told = await this.untilDone(() => telling.tell(), { taskId });
    // By itself: what was posted would be posted twice.
    if (told) await this.untilDone(() => this.parts.messages.remove(seq), { taskId });
    this.underWay.delete(seq);
    // It was full, and more may wait.
    if (this.underWay.size === MOST - 1) this.look();
  }

  /** Tries again whatever fails, as the storage may when its disk is full; undefined when the server stops before that. */
  private async untilDone<T>(work: () => Promise<T>, about: object): Promise<T | undefined> {
    const { shutdown, logger, pauses } = this.parts;
    const nextPause = growing(pauses);
    let level: 'error' | 'debug' = 'error';
    while (!shutdown.begun) {
      try {
        return await work();
      } catch (err) {
        if (shutdown.begun) return undefined;
        logger[level]({ err, ...about }, 'Discord could not be told of a task; trying again until it can');
        level = 'debug';
        await rest(nextPause(), shutdown.signal);
      }
    }
    return undefined;
  }
}
