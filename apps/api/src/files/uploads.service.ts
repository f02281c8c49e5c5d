import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { LIMITS, type Upload } from '#contracts';
import type { Clock } from '../domain/clock.js';
import type { Reporter } from '../domain/lease.js';
import type { Call } from '../http/call.js';
import type { SentFile } from '../http/file-answer.js';
import { ApiError } from '../http/problem.js';
import { piecesOf } from '../http/raw-body.js';
import { CLOCK, FILE_STORE } from '../injection-tokens.js';
import { BlobFolder } from '../storage/blob-folder.js';
import type { FileStore } from '../storage/file-store.js';
import type { AttemptRef } from '../storage/task-store.js';
import { accepted } from './refused-file.js';

/** Keeps what clients send ahead of a file-write, and hands it to the worker that does it. */
@Injectable()
export class UploadsService {
  constructor(
    @Inject(FILE_STORE) private readonly store: FileStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly blobs: BlobFolder,
  ) {}

  /** Keeps the body of a request, which must have the SHA-256 `expected` if that is given. Of a refused one nothing stays. */
  async receive(request: Request, expected: string | undefined, call: Call): Promise<Upload> {
    const id = uuidv7();
    const hash = createHash('sha256');
    let size = 0;
    try {
      await this.blobs.append(id, piecesOf(request, LIMITS.uploads.fileBytes, call.gone), (piece) => {
        size += piece.length;
        hash.update(piece);
      });
      const sha256 = hash.digest('hex');
      if (expected !== undefined && sha256 !== expected.toLowerCase()) {
        throw new ApiError('checksum_mismatch', `the bytes have the SHA-256 ${sha256}; send the file again`);
      }
      const expiresAt = this.clock.now().wall + LIMITS.uploads.lifetime;
      await this.store.addUpload({ id, size, sha256, expiresAt });
      return { upload: id, size, sha256, expiresAt };
    } catch (error) {
      await this.blobs.remove(id);
      throw error;
    }
  }

  /** The upload of a file-write that `reporter` holds. */
  async of(attempt: AttemptRef, reporter: Reporter): Promise<SentFile> {
    const verdict = await this.store.uploadOf(attempt, reporter);
    if (!verdict.taken && verdict.refusal === 'unknown_file') {
      throw new ApiError('upload_not_found', `task ${attempt.taskId} names no upload`);
    }
    const { id, size, sha256 } = accepted(verdict, attempt.taskId);
    if ((await this.blobs.sizeOf(id)) !== size) {
      const gone = 'its bytes are not in the blob folder, as after the restore of a backup';
      throw new ApiError('upload_not_found', `the upload ${id} is gone: ${gone}`);
    }
    return { path: this.blobs.pathOf(id), size, sha256, headers: { 'Content-Type': 'application/octet-stream' } };
  }
}
