import type { AttemptCgroup } from './cgroups.js';

/** Whoever a process is started for, and has to find it again. */
export interface ProcessOwner {
  /** Marks the process and all that it starts; the same for no other attempt of any worker. */
  readonly mark: string;
  /** Called before there is a process: nothing is started when it throws. Answers what the process is to be put into. */
  starting(): AttemptCgroup | null;
  started(pid: number, startedAt: string | null): void;
}
