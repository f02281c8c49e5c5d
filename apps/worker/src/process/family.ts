import type { ProcessEntry } from './process-table.js';

/** A process by its number and what tells it from a later one of the same number. */
export type ProcessId = Pick<ProcessEntry, 'pid' | 'startedAt'>;

/** How the processes of one attempt are told from all others. */
export interface Kinship {
  /** The first of them, which leads a group and a session; `startedAt` is null when it could not be told. */
  leader: { pid: number; startedAt: string | null } | null;
  /** The value of the marking variable; null for a process that is not marked. */
  mark: string | null;
  /** Those that were found before: what they start belongs to them when they have left every group. */
  known: readonly ProcessId[];
  /** Numbers that the attempt's cgroup lists. */
  contained: ReadonlySet<number>;
}

/** All of the table that belong to an attempt: by group, session, mark, cgroup, or as the child of one that does. */
export function familyOf(table: readonly ProcessEntry[], kinship: Kinship): ProcessEntry[] {
  const byPid = new Map(table.map((entry) => [entry.pid, entry]));
  const family = new Map<number, ProcessEntry>();
  const add = (entry: ProcessEntry): void => {
    if (entry.pid !== process.pid) family.set(entry.pid, entry);
  };
  const ledBy = leaderIn(byPid, kinship);
  for (const entry of table) {
    const led = ledBy !== null && (entry.group === ledBy || entry.session === ledBy);
    const marked = kinship.mark !== null && entry.mark === kinship.mark;
    if (led || marked || kinship.contained.has(entry.pid)) add(entry);
  }
  for (const { pid, startedAt } of kinship.known) {
    const entry = byPid.get(pid);
    if (entry?.startedAt === startedAt) add(entry);
  }
  for (let before = -1; before !== family.size; ) {
    before = family.size;
    for (const entry of table) if (family.has(entry.parent)) add(entry);
  }
  return [...family.values()];
}

/**
 * The number of the group and session that are the attempt's. While one of its members lives the system gives the number
 * to no other process; so when a process of that number is there and is not the leader, nothing is left of the group.
 */
function leaderIn(byPid: ReadonlyMap<number, ProcessEntry>, { leader }: Kinship): number | null {
  if (leader === null) return null;
  const there = byPid.get(leader.pid);
  const same = leader.startedAt === null || there?.startedAt === leader.startedAt;
  return there === undefined || same ? leader.pid : null;
}
