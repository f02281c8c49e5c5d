import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '../domain/clock.js';
import { AWAY_MS, LEASE_MS } from '../domain/lease.js';
import { CLOCK } from '../injection-tokens.js';

interface Sighting {
  openPolls: Set<AbortController>;
  /** When it counts as gone unless it polls again; monotonic milliseconds. */
  deadline: number;
  /** Whether its last answer told it to drain. */
  toldToDrain: boolean;
}

/** Which workers are there: those with an open poll, and those whose last one ended less than a lease ago. */
@Injectable()
export class Presence {
  private readonly seen = new Map<string, Sighting>();

  /** When it was last looked for silent workers; monotonic milliseconds. */
  private lookedAt: number;

  constructor(@Inject(CLOCK) private readonly clock: Clock) {
    this.lookedAt = clock.now().monotonic;
  }

  get online(): number {
    return this.seen.size;
  }

  /** Whether the worker of this name is there, a simple one too. */
  has(name: string): boolean {
    return this.seen.has(name);
  }

  /** Marks a worker as there, as after a restart of the server. */
  expect(name: string): void {
    this.sighting(name);
  }

  /** Opens a poll: `ended` must be called when it is answered. With `exclusive`, it ends the worker's other polls. */
  open(name: string, { exclusive }: { exclusive: boolean }): { overtaken: AbortSignal; ended: () => void } {
    const sighting = this.sighting(name);
    if (exclusive) for (const older of sighting.openPolls) older.abort();
    const poll = new AbortController();
    sighting.openPolls.add(poll);
    const ended = () => {
      sighting.openPolls.delete(poll);
      sighting.deadline = this.clock.now().monotonic + LEASE_MS;
    };
    return { overtaken: poll.signal, ended };
  }

  /** Remembers what an answer tells of draining, and answers what the last one told. */
  tellDrain(name: string, drain: boolean): boolean {
    const sighting = this.sighting(name);
    const before = sighting.toldToDrain;
    sighting.toldToDrain = drain;
    return before;
  }

  /** The worker has said that it goes. */
  leave(name: string): void {
    this.seen.delete(name);
  }

  /**
   * Forgets the workers that have been silent for a lease, and answers their names. After a time in which nobody looked,
   * all of them get another lease.
   */
  dropSilent(): string[] {
    const now = this.clock.now().monotonic;
    const away = now - this.lookedAt > AWAY_MS;
    this.lookedAt = now;
    if (away) for (const sighting of this.seen.values()) sighting.deadline = now + LEASE_MS;
    const silent = [...this.seen].filter(([, { openPolls, deadline }]) => openPolls.size === 0 && deadline <= now);
    for (const [name] of silent) this.seen.delete(name);
    return silent.map(([name]) => name);
  }

  private sighting(name: string): Sighting {
    const known = this.seen.get(name) ?? { openPolls: new Set(), deadline: 0, toldToDrain: false };
    known.deadline = this.clock.now().monotonic + LEASE_MS;
    this.seen.set(name, known);
    return known;
  }
}
