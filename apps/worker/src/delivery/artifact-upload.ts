import type { ArtifactAnnouncement, AttemptRef } from '#contracts';
import type { Logger } from '#logging';
import { describeFileError } from '../files/file-errors.js';
import { digestRegularFile, partOfRegularFile } from '../files/regular-file.js';
import { Backoff, type Pacing } from '../pacing.js';
import { type ArtifactApi, type ArtifactOutcome, endOfPiece } from '../server/artifact-api.js';
import type { ServerContact } from '../server/server-contact.js';
import { ARTIFACT_SIZE } from './artifact-collection.js';
import type { ArtifactProblem } from './artifact-problems.js';
import { contentTypeOf } from './content-type.js';
import type { CollectedFile } from './spooled-report.js';

/** How long a server that can be reached may take nothing of a file before it is given up, in milliseconds. */
const PATIENCE = 600_000;
/** Attempts whose files are uploaded at a time. */
const LANES = 4;
/** A file that has changed while it was uploaded is begun anew, once. */
const TRIES = 2;

/** The server has no use for files of this attempt. */
class Unwanted extends Error {}

/** Brings the files that tasks have left to the server, from where an earlier try has come to. */
export class ArtifactUpload {
  private busy = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly api: Pick<ArtifactApi, 'announce' | 'put'>,
    private readonly contact: Pick<ServerContact, 'reached'>,
    private readonly pacing: Pacing,
    private readonly logger: Logger,
  ) {}

  /** Resolves when all are there or have a problem, which it answers; soon after `signal` was aborted in any case. */
  async bring(ref: AttemptRef, files: readonly CollectedFile[], signal: AbortSignal): Promise<ArtifactProblem[]> {
    await this.enter();
    const problems: ArtifactProblem[] = [];
    try {
      for (const file of files) {
        const problem = await this.bringOne(ref, file, signal);
        if (problem === null) continue;
        this.logger.warn(ref, `a file did not arrive: ${problem}`);
        problems.push({ path: file.path, problem });
      }
    } catch (cause) {
      // What `signal` was aborted for is known to who did it.
      if (!signal.aborted && !(cause instanceof Unwanted)) throw cause;
    } finally {
      this.leave();
    }
    return problems;
  }

  private async bringOne(ref: AttemptRef, file: CollectedFile, signal: AbortSignal): Promise<string | null> {
    let detail = '';
    for (let tries = 0; tries < TRIES; tries += 1) {
      let announcement: ArtifactAnnouncement;
      try {
        const { size, sha256 } = await digestRegularFile(file.path, ARTIFACT_SIZE, signal);
        announcement = { ...ref, ...file, size, sha256, contentType: contentTypeOf(file.name) };
      } catch (cause) {
        signal.throwIfAborted();
        return describeFileError(cause, 'read', file.path);
      }
      const end = await this.send(announcement, signal);
      if (end.kind === 'stored') return null;
      if (end.kind === 'problem') return end.problem;
      detail = end.detail;
    }
    return `${JSON.stringify(file.path)} changed while it was uploaded (${detail}); let the task end after it is complete`;
  }

  private async send(file: ArtifactAnnouncement, signal: AbortSignal): Promise<Sent> {
    const patience = new Patience(this.contact, this.pacing);
    const backoff = new Backoff(this.pacing);
    let place: { artifactId: string; offset: number } | undefined;
    let furthest = -1;
    for (;;) {
      const outcome = await this.call(file, place, signal);
      signal.throwIfAborted();
      switch (outcome.kind) {
        case 'has': {
          if (outcome.complete) return { kind: 'stored' };
          const artifactId = outcome.artifactId ?? place?.artifactId;
          const { offset } = outcome;
          if (artifactId === undefined || offset < 0 || offset >= file.size)
            return { kind: 'problem', problem: `the server gave no place for ${JSON.stringify(file.path)}; update it` };
          place = { artifactId, offset };
          if (offset <= furthest) break;
          furthest = offset;
          patience.renew();
          backoff.reset();
          continue;
        }
        case 'outdated':
          return outcome;
        case 'gone':
          this.logger.info({ taskId: file.taskId, attempt: file.attempt }, `files not wanted: ${outcome.detail}`);
          throw new Unwanted(outcome.detail);
        case 'refused':
          return {
            kind: 'problem',
            problem: `the server does not take ${JSON.stringify(file.path)}: ${outcome.detail}`,
          };
      }
      const why = outcome.kind === 'failed' ? outcome.error.message : 'nothing was taken';
      if (patience.isOver())
        return {
          kind: 'problem',
          problem: `${JSON.stringify(file.path)} could not be uploaded: ${why}; run the task again`,
        };
      this.logger.debug({ taskId: file.taskId, attempt: file.attempt }, `upload interrupted: ${why}`);
      await this.pacing.sleep(backoff.next(outcome.kind === 'failed' ? outcome.error.retryAfter : 0), signal);
      signal.throwIfAborted();
    }
  }

  private async call(
    file: ArtifactAnnouncement,
    place: { artifactId: string; offset: number } | undefined,
    signal: AbortSignal,
  ): Promise<ArtifactOutcome> {
    if (!place) return this.api.announce(file, signal);
    const end = endOfPiece(place.offset, file.size);
    const bytes = partOfRegularFile(file.path, place.offset, end);
    try {
      return await this.api.put(place.artifactId, { start: place.offset, end, size: file.size, bytes }, signal);
    } catch (cause) {
      return { kind: 'outdated', detail: describeFileError(cause, 'read', file.path) };
    }
  }

  private enter(): Promise<void> | void {
    this.busy += 1;
    if (this.busy > LANES) return new Promise((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    this.busy -= 1;
    this.waiting.shift()?.();
  }
}

type Sent = { kind: 'stored' } | { kind: 'problem'; problem: string } | { kind: 'outdated'; detail: string };

/** Runs out only while the server answers other calls: an outage is no fault of a file. */
class Patience {
  private since: number;

  constructor(
    private readonly contact: Pick<ServerContact, 'reached'>,
    private readonly pacing: Pacing,
  ) {
    this.since = pacing.now();
  }

  renew(): void {
    this.since = this.pacing.now();
  }

  isOver(): boolean {
    if (!this.contact.reached) this.renew();
    return this.pacing.now() - this.since >= PATIENCE;
  }
}
