import { type ArtifactAnnouncement, LIMITS } from '#contracts';
import { readArtifactProgress, readProblem } from './api-answers.js';
import { ApiError } from './api-error.js';
import type { HttpClient, Reply } from './http-client.js';
import { isGone } from './unwanted-attempt.js';

/** In milliseconds; for a piece, the time in which nothing of it is taken. */
const PATIENCE = 60_000;

export type ArtifactOutcome =
  /** What the server has of the file now. */
  | { kind: 'has'; offset: number; complete: boolean; artifactId?: string }
  /** The server has no use for the attempt, or for files of it. */
  | { kind: 'gone'; detail: string }
  /** The file is not the one that was announced any more, or the server has forgotten that. */
  | { kind: 'outdated'; detail: string }
  /** The server will never take the file. */
  | { kind: 'refused'; detail: string }
  | { kind: 'failed'; error: ApiError };

/** A part of a file: the bytes from number `start` to before `end`. */
export interface FilePiece {
  start: number;
  end: number;
  /** Of the whole file. */
  size: number;
  bytes: AsyncGenerator<Buffer>;
}

/** Brings files that tasks have left to the server. */
export class ArtifactApi {
  constructor(private readonly http: HttpClient) {}

  /** Never throws. */
  announce(announcement: ArtifactAnnouncement, signal?: AbortSignal): Promise<ArtifactOutcome> {
    return this.outcomeOf(
      this.http.send({ path: '/worker/artifacts', body: announcement, patience: PATIENCE }, signal),
    );
  }

  /** Sends at most `LIMITS.artifacts.pieceBytes`. Throws what the source of the bytes throws, and nothing else. */
  put(artifactId: string, { start, end, size, bytes }: FilePiece, signal?: AbortSignal): Promise<ArtifactOutcome> {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(end - start),
      'content-range': `bytes ${start}-${end - 1}/${size}`,
    };
    const path = `/worker/artifacts/${encodeURIComponent(artifactId)}`;
    return this.outcomeOf(this.http.send({ method: 'PUT', path, headers, body: bytes, patience: PATIENCE }, signal));
  }

  private async outcomeOf(call: Promise<Reply>): Promise<ArtifactOutcome> {
    try {
      return this.judge(await call);
    } catch (error) {
      if (error instanceof ApiError) return { kind: 'failed', error };
      throw error;
    }
  }

  private judge(reply: Reply): ArtifactOutcome {
    const { status, json } = reply;
    const { code } = readProblem(json);
    const progress = readArtifactProgress(json);
    if (status === 200) {
      return progress ? { kind: 'has', ...progress } : { kind: 'failed', error: this.http.strangeAnswer(reply) };
    }
    const detail = this.http.describe(reply);
    if (code === 'artifact_offset' && progress) return { kind: 'has', offset: progress.offset, complete: false };
    if (code === 'checksum_mismatch' || code === 'artifact_not_found') return { kind: 'outdated', detail };
    if (isGone(reply)) return { kind: 'gone', detail };
    const error = this.http.errorFrom(reply);
    // What is no answer of the task API comes from something between, which may change its mind.
    return error.kind === 'refused' && code !== undefined ? { kind: 'refused', detail } : { kind: 'failed', error };
  }
}

/** Where the piece that begins at `start` ends. */
export function endOfPiece(start: number, size: number): number {
  return Math.min(size, start + LIMITS.artifacts.pieceBytes);
}
