import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';

/** How often receivers of webhooks were called, and whether they took the message. */
@Injectable()
export class WebhookMetrics {
  private readonly attempts: Counter<'outcome'>;

  constructor(registry: Registry) {
    this.attempts = new Counter({
      name: 'openclaw_webhook_attempts_total',
      help: 'Attempts to deliver a message to a webhook, by outcome',
      labelNames: ['outcome'],
      registers: [registry],
    });
    // There from the start: a rate needs the value before the first.
    for (const outcome of ['delivered', 'failed']) this.attempts.inc({ outcome }, 0);
  }

  attempted(delivered: boolean): void {
    this.attempts.inc({ outcome: delivered ? 'delivered' : 'failed' });
  }
}
