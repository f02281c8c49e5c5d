import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { type Artifact, type ArtifactProgress, LIMITS } from '#contracts';
import type { ArtifactAnnouncementDto } from '#contracts/dto';
import type { Clock } from '../domain/clock.js';
import type { Reporter } from '../domain/lease.js';
import type { Call } from '../http/call.js';
import { ApiError, invalid } from '../http/problem.js';
import { piecesOf } from '../http/raw-body.js';
import { CLOCK, FILE_STORE } from '../injection-tokens.js';
import { BlobFolder } from '../storage/blob-folder.js';
import type { FileStore, StoredArtifact } from '../storage/file-store.js';
import { ArtifactTurns } from './artifact-turns.js';
import type { Piece } from './content-range.js';
import { accepted } from './refused-file.js';

/** What is known of the bytes of an artifact that is coming, so that they need not be read again at its end. */
interface Digest {
  hash: Hash;
  /** How many bytes are in it. */
  size: number;
}

/** Files whose digests are kept between two pieces; others are read again at their end. */
const KEPT_DIGESTS = 1000;

/** Takes the files that tasks leave, a piece at a time, from the workers that ran them. */
@Injectable()
export class ArtifactsService {
  private readonly turns = new ArtifactTurns();
  private readonly digests = new Map<string, Digest>();

  constructor(
    @Inject(FILE_STORE) private readonly store: FileStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly blobs: BlobFolder,
  ) {}

  /** Takes note of a file, or answers how far it has come. Nothing more is needed for one without bytes. */
  async announce(file: ArtifactAnnouncementDto, reporter: Reporter, call: Call): Promise<ArtifactProgress> {
    const { contentType = 'application/octet-stream', ...named } = file;
    const sha256 = file.sha256.toLowerCase();
    const announced = { ...named, id: uuidv7(), sha256, contentType, maxFiles: LIMITS.artifacts.files };
    const artifact = accepted(await this.store.announce(announced, reporter, this.clock.now()), file.taskId);
    return this.turns.take(artifact.id, async () => {
      const offset = await this.offsetOf(artifact);
      // All is there when the server ended between the last byte and its note of it, or when nothing was to come.
      return offset === artifact.size ? this.finish(artifact, reporter, call) : progress(artifact, offset);
    });
  }

  /** Adds the piece that a request carries. What has come of one that breaks off stays. */
  async receive(id: string, piece: Piece, request: Request, reporter: Reporter, call: Call): Promise<ArtifactProgress> {
    // Before its turn: who may not send it, ends nobody's.
    accepted(await this.store.announced(id, reporter), id);
    return this.turns.take(id, async (overtaken) => {
      const artifact = accepted(await this.store.announced(id, reporter), id);
      if (piece.size !== artifact.size) {
        const message = `Content-Range must end in /${artifact.size}, the size that was announced`;
        throw invalid([{ field: 'Content-Range', message }]);
      }
      const offset = await this.offsetOf(artifact);
      if (artifact.storedAt !== null) return progress(artifact, offset);
      if (piece.start !== offset) throw wrongOffset(offset);
      const stop = AbortSignal.any([call.gone, overtaken]);
      const received = await this.append(artifact, piece, request, stop).catch(async (error: unknown) => {
        throw overtaken.aborted ? wrongOffset(await this.offsetOf(artifact)) : error;
      });
      if (received < piece.length) {
        const message = `Content-Range names ${piece.length} bytes, and the body has ${received}`;
        throw invalid([{ field: 'Content-Range', message }]);
      }
      const end = offset + received;
      return end === artifact.size ? this.finish(artifact, reporter, call) : progress(artifact, end);
    });
  }

  /** The files that a task has left. Throws `task_not_found`. */
  async list(taskId: string): Promise<Artifact[]> {
    return (await this.storedOf(taskId)).map(toArtifact);
  }

  /** One of them, with where its bytes are. Throws `task_not_found`, `artifact_not_found`. */
  async find(taskId: string, name: string): Promise<{ artifact: Artifact; path: string }> {
    const found = (await this.storedOf(taskId)).find((artifact) => artifact.name === name);
    if (!found) throw new ApiError('artifact_not_found', `task ${taskId} has no file of this name`);
    if ((await this.blobs.sizeOf(found.id)) !== found.size) {
      const gone = 'the file is gone: its bytes are not in the blob folder, as after the restore of a backup';
      throw new ApiError('artifact_not_found', gone);
    }
    return { artifact: toArtifact(found), path: this.blobs.pathOf(found.id) };
  }

  private async storedOf(taskId: string): Promise<Stored[]> {
    const found = await this.store.artifactsOf(taskId);
    if (!found) throw new ApiError('task_not_found', `there is no task ${taskId}`);
    return found.filter(isStored);
  }

  private async offsetOf({ id, size, storedAt }: StoredArtifact): Promise<number> {
    return storedAt === null ? ((await this.blobs.sizeOf(id)) ?? 0) : size;
  }

  /** Answers how many bytes came. */
  private async append({ id }: StoredArtifact, piece: Piece, request: Request, stop: AbortSignal): Promise<number> {
    const digest = piece.start === 0 ? { hash: createHash('sha256'), size: 0 } : this.digests.get(id);
    const known = digest?.size === piece.start ? digest : undefined;
    let received = 0;
    this.digests.delete(id);
    try {
      await this.blobs.append(id, piecesOf(request, piece.length, stop), (bytes) => {
        received += bytes.length;
        known?.hash.update(bytes);
      });
    } finally {
      if (known) this.remember(id, { hash: known.hash, size: piece.start + received });
    }
    return received;
  }

  private remember(id: string, digest: Digest): void {
    const [oldest] = this.digests.keys();
    if (oldest !== undefined && this.digests.size >= KEPT_DIGESTS) this.digests.delete(oldest);
    this.digests.set(id, digest);
  }

  /** All bytes are there: what they are decides. Throws `checksum_mismatch` and begins anew when they are others. */
  private async finish(artifact: StoredArtifact, reporter: Reporter, call: Call): Promise<ArtifactProgress> {
    const { id, size } = artifact;
    if (artifact.storedAt === null) {
      if (size === 0) await this.blobs.append(id, Readable.from([]), () => undefined);
      const digest = this.digests.get(id);
      this.digests.delete(id);
      const sha256 = digest?.size === size ? digest.hash.digest('hex') : await this.blobs.sha256Of(id);
      if (sha256 !== artifact.sha256) {
        await this.blobs.remove(id);
        throw new ApiError('checksum_mismatch', `the bytes have the SHA-256 ${sha256}; send the file again`);
      }
      accepted(await this.store.complete(id, reporter, call.actor, this.clock.now()), id);
    }
    return progress(artifact, size);
  }
}

type Stored = StoredArtifact & { storedAt: number };

const isStored = (artifact: StoredArtifact): artifact is Stored => artifact.storedAt !== null;

function toArtifact({ id: _, taskId: __, ...artifact }: Stored): Artifact {
  return artifact;
}

const progress = ({ id, size }: StoredArtifact, offset: number): ArtifactProgress => ({
  artifactId: id,
  offset,
  complete: offset === size,
});

const wrongOffset = (offset: number) =>
  new ApiError('artifact_offset', `the server has ${offset} bytes of it; send those from there on`, {
    members: { offset },
  });
