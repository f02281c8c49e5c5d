import { createPublicKey, type KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { keyIdOf, type SignedHead, signHead } from '#audit-chain';
import type { Logger } from '#logging';
import type { Config } from '../config.js';
import type { Clock } from '../domain/clock.js';
import { AUDIT_STORE, CLOCK, CONFIG, LOGGER } from '../injection-tokens.js';
import type { AuditStore } from '../storage/audit-store.js';
import { HeadsWebhook } from './heads-webhook.js';

/** Signs where the chain stands, and hands that to where this server's database cannot be changed together with it. */
@Injectable()
export class AuditHeads {
  /** Of the key that signs; null without one. */
  readonly publicKey: KeyObject | null;
  private readonly webhook: HeadsWebhook | null;
  private newest = 0;
  private last: Promise<void> = Promise.resolve();

  constructor(
    @Inject(AUDIT_STORE) private readonly store: AuditStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const { auditSigningKey, auditHeadsWebhook } = config;
    this.publicKey = auditSigningKey && createPublicKey(auditSigningKey);
    this.webhook = auditHeadsWebhook === null ? null : new HeadsWebhook(auditHeadsWebhook, logger);
    if (this.publicKey) {
      const spki = this.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
      logger.info({ keyId: keyIdOf(this.publicKey), publicKey: spki }, 'heads of the audit are signed with this key');
    }
  }

  /** Signs the head, if there is a key and anything new to sign. What fails is logged, and made up for by the next. */
  @Interval(3_600_000)
  sign(): Promise<void> {
    this.last = this.last.then(() =>
      this.signNow().catch((err) => this.logger.error({ err }, 'the head of the audit could not be signed')),
    );
    return this.last;
  }

  private async signNow(): Promise<void> {
    const { auditSigningKey, auditHeadsFile } = this.config;
    if (!auditSigningKey) return;
    const { head } = await this.store.extent();
    if (head.seq <= this.newest) return;
    const signed = signHead(head, this.clock.now().wall, await this.store.epoch(), auditSigningKey);
    await this.store.saveHead(signed);
    this.newest = head.seq;
    void this.webhook?.send(signed);
    if (auditHeadsFile !== null) await append(auditHeadsFile, signed);
  }
}

async function append(path: string, head: SignedHead): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(`${JSON.stringify(head)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
