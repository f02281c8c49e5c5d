import type { AuditStore } from './audit-store.js';
import type { DiscordMessageStore } from './discord-message-store.js';
import type { FileStore } from './file-store.js';
import type { OutputStore } from './output-store.js';
import type { ScheduleStore } from './schedule-store.js';
import type { TaskStore } from './task-store.js';
import type { TokenStore } from './token-store.js';
import type { WebhookStore } from './webhook-store.js';
import type { WorkerRegistry } from './worker-registry.js';

/** Everything that is kept, by what it is about. */
export interface Storage {
  tasks: TaskStore;
  output: OutputStore;
  schedules: ScheduleStore;
  workers: WorkerRegistry;
  files: FileStore;
  audit: AuditStore;
  tokens: TokenStore;
  webhooks: WebhookStore;
  discordMessages: DiscordMessageStore;
  /** Prepares some of what is new for searches, so that the next one does not have to; 0 when nothing was left. */
  indexNew(): Promise<number>;
  /** Commits what waits and closes; nothing can be read or changed any more. */
  close(): void;
}
