import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { LIMITS } from '#contracts';
import { ArtifactsService } from '../files/artifacts.service.js';
import type { Call } from '../http/call.js';
import { ApiError } from '../http/problem.js';
import { TasksService } from '../tasks/tasks.service.js';
import { artifactUri, taskUri } from './resource-uris.js';
import { TaskOutcomes } from './task-outcomes.js';

export interface ListedResource {
  uri: string;
  name: string;
  description?: string;
  mimeType: string;
  size?: number;
}

export type ResourceContent = { uri: string; mimeType: string } & ({ text: string } | { blob: string });

/** How many of the newest tasks a list shows. */
const RECENT = 20;

/** What an agent can read here beside the tools: tasks as they stand, the files that they have left, conversations. */
@Injectable()
export class Resources {
  constructor(
    private readonly tasks: TasksService,
    private readonly artifacts: ArtifactsService,
    private readonly outcomes: TaskOutcomes,
  ) {}

  async recentTasks(): Promise<ListedResource[]> {
    return (await this.recent()).map(({ taskId, type, status }) => ({
      uri: taskUri(taskId),
      name: `${type} task ${taskId}`,
      description: status,
      mimeType: 'application/json',
    }));
  }

  /** Of the newest tasks. */
  async recentArtifacts(): Promise<ListedResource[]> {
    const tasks = await this.recent();
    const files = await Promise.all(tasks.map(async ({ taskId }) => ({ taskId, found: await this.filesOf(taskId) })));
    return files.flatMap(({ taskId, found }) =>
      found.map(({ name, path, contentType, size }) => ({
        uri: artifactUri(taskId, name),
        name,
        description: `${path}, left by task ${taskId}`,
        mimeType: contentType,
        size,
      })),
    );
  }

  /** Throws `task_not_found`. */
  async task(uri: string, taskId: string, call: Call): Promise<ResourceContent> {
    const { structured } = await this.outcomes.of(taskId, call);
    return { uri, mimeType: 'application/json', text: JSON.stringify(structured) };
  }

  /** Throws `task_not_found`, `artifact_not_found`, and `payload_too_large` for what is to be downloaded. */
  async artifact(uri: string, taskId: string, name: string): Promise<ResourceContent> {
    const { artifact, path } = await this.artifacts.find(taskId, name);
    const { size, contentType: mimeType } = artifact;
    if (size > LIMITS.tools.resourceBytes) {
      const route = `GET /tasks/${taskId}/artifacts/${encodeURIComponent(name)}`;
      throw new ApiError('payload_too_large', `the file has ${size} bytes: download it with ${route}`);
    }
    const bytes = await readFile(path);
    return mimeType.startsWith('text/')
      ? { uri, mimeType, text: bytes.toString('utf8') }
      : { uri, mimeType, blob: bytes.toString('base64') };
  }

  async sessions(uri: string): Promise<ResourceContent> {
    const sessions = await this.tasks.conversations();
    return { uri, mimeType: 'application/json', text: JSON.stringify({ sessions }) };
  }

  private async recent() {
    const everything = { status: null, type: null, worker: null, schedule: null, q: null, from: null, to: null };
    return (await this.tasks.list({ ...everything, held: false }, RECENT, undefined)).items;
  }

  /** None of a task that somebody has removed meanwhile. */
  private filesOf(taskId: string) {
    return this.artifacts.list(taskId).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'task_not_found') return [];
      throw error;
    });
  }
}
