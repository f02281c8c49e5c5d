import { type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname, isAbsolute } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { LIMITS } from '#contracts';
import { describeFileError, FileTaskError } from '../files/file-errors.js';
import { requireRegularFile, type SizeLimit, tooLarge } from '../files/regular-file.js';
import { expandHome } from '../home-path.js';
import { hasCode } from '../system-error.js';
import type { ArtifactProblem } from './artifact-problems.js';
import type { CollectedFile } from './spooled-report.js';

export const ARTIFACT_SIZE: SizeLimit = {
  bytes: LIMITS.artifacts.fileBytes,
  advice: 'split it, or compress it',
};
/** How long patterns are looked for, in milliseconds: one can lead through all of a disk. */
const SEARCH_TIME = 10_000;

export interface Wanted {
  /** Paths and patterns of the client. */
  patterns: readonly string[];
  /** A path that the task has named by itself. */
  screenshotPath?: string;
  /** Where relative ones begin. */
  folder: string;
  home: string;
}

export interface Collection {
  files: CollectedFile[];
  problems: ArtifactProblem[];
}

/** Finds the files that a task was to leave. Never rejects: what is in the way of one is a problem of its own. */
export async function collectArtifacts(wanted: Wanted, searchTime = SEARCH_TIME): Promise<Collection> {
  const collecting = new Collecting();
  if (wanted.screenshotPath !== undefined) await collecting.addFile(wanted.screenshotPath, wanted.screenshotPath);
  const signal = AbortSignal.timeout(searchTime);
  for (const pattern of wanted.patterns) {
    const path = expandHome(pattern, wanted.home);
    const absolute = isAbsolute(path) ? path : `${wanted.folder}/${path}`;
    if (await collecting.addFile(pattern, absolute, isDynamicPattern(path))) continue;
    await collecting.addMatches(pattern, path, wanted.folder, signal);
  }
  return { files: collecting.files, problems: collecting.problems };
}

class Collecting {
  readonly files: CollectedFile[] = [];
  readonly problems: ArtifactProblem[] = [];
  private readonly paths = new Set<string>();
  private readonly names = new Set<string>();

  /** Answers false when there is no such file, and it `mayBePattern`. */
  async addFile(asked: string, path: string, mayBePattern = false): Promise<boolean> {
    try {
      this.add(path, await stat(path));
    } catch (cause) {
      if (mayBePattern && hasCode(cause, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG')) return false;
      this.problems.push({ path: asked, problem: describeFileError(cause, 'read', path) });
    }
    return true;
  }

  async addMatches(pattern: string, path: string, folder: string, signal: AbortSignal): Promise<void> {
    try {
      for (const match of await matchesOf(path, folder, signal)) await this.addFile(match, match);
      if (signal.aborted) throw new FileTaskError('the search took too long; name the folders that it may look in');
    } catch (cause) {
      this.problems.push({ path: pattern, problem: describeFileError(cause, 'read', pattern) });
    }
  }

  private add(path: string, stats: Stats): void {
    if (this.paths.has(path)) return;
    requireRegularFile(stats, path);
    if (stats.size > ARTIFACT_SIZE.bytes) throw tooLarge(path, `${stats.size} bytes`, ARTIFACT_SIZE);
    const most = LIMITS.artifacts.files;
    if (this.files.length >= most)
      throw new FileTaskError(`a task leaves ${most} files at most, and has left that many; pack them into one`);
    this.paths.add(path);
    this.files.push({ path, name: this.freeName(basename(path)) });
  }

  /** The name itself, or with a number where another file has it. */
  private freeName(wanted: string): string {
    const extension = extname(wanted);
    const stem = wanted.slice(0, wanted.length - extension.length);
    let name = wanted;
    for (let number = 2; this.names.has(name); number += 1) {
      const end = `-${number}${extension}`;
      name = shortened(stem, LIMITS.artifacts.nameBytes - Buffer.byteLength(end)) + end;
    }
    this.names.add(name);
    return name;
  }
}

/** In the order of their paths. Links are not followed: they may lead in circles, or out of the folder. */
async function matchesOf(pattern: string, folder: string, signal: AbortSignal): Promise<string[]> {
  const options = { absolute: true, onlyFiles: true, followSymbolicLinks: false, expandDirectories: false };
  return (await glob(pattern, { ...options, cwd: folder, signal })).sort();
}

function shortened(text: string, bytes: number): string {
  let short = text;
  while (Buffer.byteLength(short) > bytes) short = [...short].slice(0, -1).join('');
  return short;
}
