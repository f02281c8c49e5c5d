import { Inject, Injectable } from '@nestjs/common';
import type { WorkerPageDto, WorkerRecordDto } from '#contracts/dto';
import { decodeNameCursor, encodeNameCursor } from '../http/query.js';
import { WORKER_REGISTRY } from '../injection-tokens.js';
import type { WorkerRecord, WorkerRegistry } from '../storage/worker-registry.js';

/** The workers, by name and in pages. */
@Injectable()
export class WorkerList {
  constructor(@Inject(WORKER_REGISTRY) private readonly registry: WorkerRegistry) {}

  async list(limit: number, cursor: string | undefined): Promise<WorkerPageDto> {
    const after = cursor === undefined ? null : decodeNameCursor(cursor);
    const { workers, next } = await this.registry.list(limit, after);
    return { items: workers.map(toRecord), nextCursor: next === null ? null : encodeNameCursor(next) };
  }
}

/** A worker as people see it. */
export function toRecord({ online, draining, ...worker }: WorkerRecord): WorkerRecordDto {
  const { name, hostname, platform, version, tags, kinds, maxConcurrent, running, lastSeenAt } = worker;
  const status = online ? (draining ? 'draining' : 'online') : 'offline';
  return { name, status, hostname, platform, version, tags, kinds, maxConcurrent, running, lastSeenAt };
}
