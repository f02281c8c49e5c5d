import type { SignedHead } from '#audit-chain';
import type { Logger } from '#logging';

const TIME_OUT_MS = 5000;
/** Heads that are kept for a receiver that is away: six weeks of them. */
const KEPT = 1000;

/** Sends signed heads to a URL, in their order; what it does not take is sent again with the next. */
export class HeadsWebhook {
  private unsent: SignedHead[] = [];
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly logger: Logger,
  ) {}

  /** Resolves when all is sent, or one was not taken. */
  send(head: SignedHead): Promise<void> {
    this.unsent = [...this.unsent, head].slice(-KEPT);
    this.last = this.last.then(() => this.sendAll());
    return this.last;
  }

  private async sendAll(): Promise<void> {
    try {
      for (let next = this.unsent[0]; next; next = this.unsent[0]) {
        await this.post(next);
        this.unsent = this.unsent.filter((other) => other !== next);
      }
    } catch (err) {
      this.logger.error({ err }, 'AUDIT_HEADS_WEBHOOK did not take a head of the audit; trying again with the next');
    }
  }

  private async post(head: SignedHead): Promise<void> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(head),
      redirect: 'error',
      signal: AbortSignal.timeout(TIME_OUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`it answered ${response.status}`);
  }
}
