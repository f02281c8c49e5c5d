import { readFile } from 'node:fs/promises';
import type { Artifact } from '#contracts';
import type { SentFile } from '#discord';
import type { ArtifactsService } from '../../files/artifacts.service.js';
import { ApiError } from '../../http/problem.js';

/** How many files a message takes: https://discord.com/developers/docs/reference#uploading-files. */
const MOST_FILES = 10;

export interface ChosenFiles {
  files: SentFile[];
  /** Names of those that did not fit. */
  left: string[];
}

/** Those of a task's files that fit beside `first`: pictures before others, within `bytes` together. */
export async function filesFor(
  artifacts: ArtifactsService,
  taskId: string,
  first: readonly SentFile[],
  bytes: number,
): Promise<ChosenFiles> {
  const kept = (await artifacts.list(taskId)).toSorted((a, b) => Number(isPicture(b)) - Number(isPicture(a)));
  const files = [...first];
  const left: string[] = [];
  let room = bytes - first.reduce((sum, { data }) => sum + (data as Buffer).length, 0);
  for (const { name, size, contentType } of kept) {
    if (files.length === MOST_FILES || size > room) {
      left.push(name);
      continue;
    }
    const data = await contentOf(artifacts, taskId, name);
    if (data === null) left.push(name);
    else files.push({ name, data, contentType });
    room -= data?.length ?? 0;
  }
  return { files, left };
}

/** Null when its bytes are gone, as after the restore of a backup. */
async function contentOf(artifacts: ArtifactsService, taskId: string, name: string): Promise<Buffer | null> {
  try {
    return await readFile((await artifacts.find(taskId, name)).path);
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

const isPicture = ({ contentType }: Artifact): boolean => contentType.startsWith('image/');

/** How a message names the files beside it. */
export const attachmentsOf = (files: readonly SentFile[]) => files.map(({ name }, id) => ({ id, filename: name }));
