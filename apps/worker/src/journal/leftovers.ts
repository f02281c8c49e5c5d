import type { AttemptRef } from '#contracts';
import type { Logger } from '#logging';
import { attemptFileName } from '../attempt-key.js';
import type { Cgroups } from '../process/cgroups.js';
import { ProcessTree } from '../process/process-tree.js';
import type { AttemptJournal, JournalEntry } from './attempt-journal.js';

/** How long what a crashed worker left running may take to end after SIGTERM: nothing is taken before. */
const GRACE_MS = 2000;

export interface LeftoverParts {
  journal: AttemptJournal;
  cgroups: Cgroups | null;
  logger: Logger;
}

/**
 * Ends what an earlier run of this worker has left running, and empties its journal. The server learns from the first poll
 * that nobody holds these attempts any more.
 * @param reported attempts that have come to their end and are only to be delivered: what they left may go on
 */
export async function endLeftovers(reported: readonly AttemptRef[], parts: LeftoverParts): Promise<void> {
  const { journal, logger } = parts;
  const { entries, setAside } = journal.read();
  for (const path of setAside) logger.error(`${path} is no whole entry of the journal`);
  const ended = new Set(reported.map(attemptFileName));
  const left = entries.filter(({ name, thisBoot }) => thisBoot && !ended.has(name));
  await Promise.all(left.map((entry) => endLeftover(entry, parts)));
  for (const { name } of entries) journal.forget(name);
}

async function endLeftover({ name, mark, leader }: JournalEntry, { cgroups, logger }: LeftoverParts): Promise<void> {
  const tree = new ProcessTree(leader, mark, cgroups?.left(name) ?? null);
  const { processes, signals, survived } = await tree.end(GRACE_MS);
  const said = { attempt: name, processes, signals };
  if (processes > 0) logger.warn(said, 'an earlier run of this worker left a task running: it is ended');
  if (survived.length > 0) logger.error({ ...said, survived }, 'some of its processes could not be ended');
}
