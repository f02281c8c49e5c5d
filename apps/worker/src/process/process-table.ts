import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { hasCode } from '../system-error.js';

/** The variable that marks the process of an attempt, and whatever it starts. */
export const ATTEMPT_VARIABLE = 'OPENCLAW_ATTEMPT';

/** One process that runs: neither a zombie nor one that is being taken apart. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Tells it from another of the same number; as the system writes it. */
  startedAt: string;
  /** The program's name, without its arguments. */
  name: string;
  /** The value of the marking variable that it was started with; null without one, or when it is another user's. */
  mark: string | null;
}

const MARK = `${ATTEMPT_VARIABLE}=`;

/** All processes that run now. */
export function readProcessTable(): ProcessEntry[] {
  if (process.platform !== 'linux') return readWithPs();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readProcess(Number(pid)) ?? []);
}

function readProcess(pid: number): ProcessEntry | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  const entry = stat === null ? null : parseStat(stat);
  return entry && { ...entry, mark: markIn((readIfThere(`/proc/${pid}/environ`) ?? '').split('\0')) };
}

/** When a process was started, as its entry has it; null where that cannot be told in passing, or it has ended. */
export function startOf(pid: number): string | null {
  const stat = process.platform === 'linux' ? readIfThere(`/proc/${pid}/stat`) : null;
  return (stat && parseStat(stat)?.startedAt) ?? null;
}

/** A line of /proc/PID/stat; null for a process that has ended. */
export function parseStat(stat: string): Omit<ProcessEntry, 'mark'> | null {
  // proc(5): "pid (name) state parent group session …" with the start time as field 22; the name may hold any character.
  const nameEnd = stat.lastIndexOf(')');
  const [state = '', parent, group, session, ...others] = stat.slice(nameEnd + 2).split(' ');
  if ('ZX'.includes(state)) return null;
  return {
    pid: Number.parseInt(stat, 10),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startedAt: others[15] ?? '',
    name: stat.slice(stat.indexOf('(') + 1, nameEnd),
  };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // It has ended since it was listed, or belongs to another user.
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return null;
    throw error;
  }
}

function markIn(variables: readonly string[]): string | null {
  return variables.find((variable) => variable.startsWith(MARK))?.slice(MARK.length) ?? null;
}

function readWithPs(): ProcessEntry[] {
  const ps = (...args: string[]) => execFileSync('ps', args, { encoding: 'utf8', maxBuffer: 64 * 1_048_576 });
  return parsePs(ps('-axo', 'pid=,ppid=,pgid=,stat=,lstart=,comm='), ps('-axwwE', '-o', 'pid=,command='));
}

/**
 * What the `ps` of macOS tells.
 * @param table lines of `pid=,ppid=,pgid=,stat=,lstart=,comm=`
 * @param commands lines of `pid=,command=` with `-E`, which adds the environment to a command
 */
export function parsePs(table: string, commands: string): ProcessEntry[] {
  const marks = new Map<number, string | null>();
  for (const line of commands.split('\n')) marks.set(Number.parseInt(line, 10), markIn(line.split(' ')));
  return table.split('\n').flatMap((line) => {
    const fields = /^ *(\d+) +(\d+) +(\d+) +(\S+) +(\S+ +\S+ +\d+ +[\d:]+ +\d+) +(.*)$/.exec(line);
    if (!fields || fields[4]?.startsWith('Z')) return [];
    const [, pid, parent, group, , startedAt = '', path = ''] = fields;
    const name = path.split('/').at(-1) ?? path;
    // It tells no session; the group serves where the session would.
    const ids = { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(group) };
    return [{ ...ids, startedAt, name, mark: marks.get(ids.pid) ?? null }];
  });
}
