import type { Person, SentInteraction, ShownMessage } from './interaction.js';
import type { ReceivedFile } from './multipart.js';
import { brokenBy, type Rule } from './rules.js';

export const APPLICATION = '1180000000000000000';
export const BOT_TOKEN = 'MTE4MDAwMDAwMDAwMDAwMDAwMA.GkV7pQ.2mX9sT4wZ6rkV7pQ2mX9sT4wZ6r';
export const GUILD = '1180000000000000009';
export const CHANNEL = '1180000000000000001';
export const ALICE: Person = { id: '1180000000000000101', username: 'alice' };
/** https://discord.com/developers/docs/reference#uploading-files */
export const FILE_BYTES = 10 * 1_048_576;

const DISCORD_EPOCH = 1_420_070_400_000n;

/** What people and bots of one Discord share: its time, its ids, what goes on in it. */
export class World {
  /** What came that Discord would have refused or complained of. */
  violations: string[] = [];
  /** By their tokens. */
  readonly interactions = new Map<string, SentInteraction>();
  private ahead = 0;
  private count = 0n;

  /** Lets time pass, by its own clock. */
  advance(ms: number): void {
    this.ahead += ms;
  }

  now(): number {
    return Date.now() + this.ahead;
  }

  /** https://discord.com/developers/docs/reference#snowflakes */
  id(): string {
    this.count += 1n;
    return String(((BigInt(this.now()) - DISCORD_EPOCH) << 22n) + (this.count & 0x3fffffn));
  }

  /** Notes the rules that a payload breaks, and answers them. */
  hold(what: string, payload: unknown, rules: readonly Rule[]): string[] {
    const broken = brokenBy(payload, rules);
    const shown = JSON.stringify(payload)?.slice(0, 300);
    for (const rule of broken) this.violations.push(`${what}: not kept: ${rule}: ${shown}`);
    return broken;
  }

  // biome-ignore lint/suspicious/noExplicitAny: it is what somebody sends
  shown(payload: any, files: ReceivedFile[]): ShownMessage {
    const { content = '', components = [] } = payload;
    return { id: this.id(), content, components, files, payload, at: performance.now() };
  }
}
