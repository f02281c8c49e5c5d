import type { Actor } from '../domain/actor.js';
import type { Instant } from '../domain/clock.js';
import type { Reporter } from '../domain/lease.js';
import type { Refusal } from '../domain/task-machine.js';
import type { AttemptRef } from './task-store.js';

/**
 * What is known of files: those that tasks leave (artifacts) and those that clients send ahead (uploads). Their bytes
 * stand in the blob folder under the id, and are there, durably, before anything here says so. Every method is one
 * transaction with its audit entry inside. Errors: `StorageFull`, `StorageUnavailable`.
 */
export interface FileStore {
  /**
   * Takes note of a file that an attempt has left. The same name again answers the same artifact, or a new one in its
   * place when size or SHA-256 differ and the bytes of the first have not all come.
   */
  announce(file: AnnouncedFile, reporter: Reporter, now: Instant): Promise<FileVerdict<StoredArtifact>>;
  /** An artifact that `reporter` may add bytes to, or has added them all. */
  announced(id: string, reporter: Reporter): Promise<FileVerdict<StoredArtifact>>;
  /** All bytes of an artifact are there. Doing it again changes nothing. */
  complete(id: string, reporter: Reporter, actor: Actor, now: Instant): Promise<FileVerdict<StoredArtifact>>;
  /** Those of a task whose bytes are all there, by name, the newest attempt's of each; null when there is no such task. */
  artifactsOf(taskId: string): Promise<StoredArtifact[] | null>;

  addUpload(upload: StoredUpload): Promise<void>;
  /** The upload of a file-write that `reporter` holds right now. */
  uploadOf(attempt: AttemptRef, reporter: Reporter): Promise<FileVerdict<StoredUpload>>;

  /** Removes uploads whose time is over and which no task names, at most `limit`; answers how many. */
  removeExpiredUploads(now: Instant, limit: number): Promise<number>;
  /**
   * Removes artifacts that have not all come and were announced before `wall`, of attempts that were overtaken or had
   * ended by then; at most `limit`. Answers how many.
   */
  removeAbandoned(wall: number, limit: number): Promise<number>;
  /** Ids whose rows are gone, by whatever way, and whose bytes are to be removed; at most `limit`. */
  removedBlobs(limit: number): Promise<string[]>;
  /** The bytes of these are removed. */
  forgetRemoved(ids: readonly string[]): Promise<void>;
  /** Those of `ids` that are no artifact and no upload. */
  unknownOf(ids: readonly string[]): Promise<string[]>;
}

export type FileVerdict<T> = { taken: true; value: T } | { taken: false; refusal: FileRefusal };

export type FileRefusal =
  | Refusal
  | 'unknown_task'
  | 'unknown_file'
  /** The attempt has left as many files as it may. */
  | 'too_many'
  /** Another file of this name is complete. */
  | 'exists';

export interface AnnouncedFile extends AttemptRef {
  /** For an artifact that is new. */
  id: string;
  name: string;
  path: string;
  size: number;
  sha256: string;
  contentType: string;
  /** How many files the attempt may leave. */
  maxFiles: number;
}

export interface StoredArtifact {
  id: string;
  taskId: string;
  attempt: number;
  name: string;
  path: string;
  size: number;
  /** Lower-case hex, as of an upload. */
  sha256: string;
  contentType: string;
  /** Wall-clock milliseconds; null while bytes are missing. */
  storedAt: number | null;
}

export interface StoredUpload {
  id: string;
  size: number;
  sha256: string;
  /** Wall-clock milliseconds. */
  expiresAt: number;
}
