import type { PendingMessage } from '../../storage/discord-message-store.js';
import { Telling, type TellingParts } from './telling.js';

/** How many messages are looked after at a time; later ones wait for one of these to be done. */
const MOST = 1000;

/** Tells Discord of tasks: takes up what was left to tell at the last stop, and what comes. */
export class TaskTeller {
  private readonly underWay = new Map<number, Promise<void>>();
  private newest = 0;
  private loading: Promise<void> = Promise.resolve();
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly parts: TellingParts) {}

  async start(): Promise<void> {
    await this.forgetTokens();
    this.unsubscribe = this.parts.wakeups.subscribe(['discord'], () => this.look());
    this.look();
  }

  /** Resolves when nothing is under way any more, which the server's stop brings about. */
  async stop(): Promise<void> {
    this.unsubscribe();
    await this.loading;
    await Promise.all(this.underWay.values());
  }

  /** Tokens whose time is over are kept nowhere, whatever has become of their messages. */
  async forgetTokens(): Promise<void> {
    await this.parts.messages.forgetTokens(this.parts.clock.now().wall);
  }

  /** Takes up what is new, one look after the other. */
  private look(): void {
    const { logger } = this.parts;
    this.loading = this.loading
      .then(() => this.takeUp())
      .catch((err) =>
        logger.error({ err }, 'what Discord is to be told could not be read; trying again with the next'),
      );
  }

  private async takeUp(): Promise<void> {
    if (this.parts.shutdown.begun) return;
    const found = await this.parts.messages.pending(this.newest, MOST - this.underWay.size);
    for (const message of found) {
      this.newest = message.seq;
      this.underWay.set(message.seq, this.tell(message));
    }
  }

  private async tell(message: PendingMessage): Promise<void> {
    const { seq, taskId } = message;
    try {
      const done = await new Telling(message, this.parts).tell();
      if (done) await this.parts.messages.remove(seq);
    } catch (err) {
      if (!this.parts.shutdown.begun)
        this.parts.logger.error({ err, taskId }, 'Discord could not be told of a task; trying again after a restart');
    } finally {
      this.underWay.delete(seq);
      // It was full, and more may wait.
      if (this.underWay.size === MOST - 1) this.look();
    }
  }
}
