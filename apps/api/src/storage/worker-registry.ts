import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/clock.js';
import type { TaskType } from '../domain/task.js';

/** The workers that poll with a body, by name. Every method is one transaction, with its audit entry inside. */
export interface WorkerRegistry {
  find(name: string): Promise<WorkerRecord | null>;
  /** By name. `after` is the `next` of the page before. */
  list(limit: number, after: string | null): Promise<{ workers: WorkerRecord[]; next: string | null }>;
  /** Those that are online, by name. */
  online(): Promise<WorkerRecord[]>;
  /** Lets it take nothing more (`true`), or lifts that; null when there is no such worker. Saying so again changes nothing. */
  setDrained(name: string, drained: boolean, actor: Actor, now: Instant): Promise<WorkerRecord | null>;
  /** The worker has left, or has been silent for too long. */
  markOffline(name: string, actor: Actor, now: Instant): Promise<void>;
}

export interface WorkerRecord {
  name: string;
  online: boolean;
  /** An operator drains it, or it says of itself that it takes nothing new. */
  draining: boolean;
  hostname: string | null;
  platform: string | null;
  version: string | null;
  tags: string[];
  kinds: TaskType[];
  maxConcurrent: number | null;
  /** How many tasks it holds. */
  running: number;
  lastSeenAt: number;
}
