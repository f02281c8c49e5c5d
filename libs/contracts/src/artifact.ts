/** A file that a task has left, as clients read it. Sizes are bytes, times milliseconds since the epoch. */
export interface Artifact {
  /** Names it within its task: the last part of its path, with a number where several have the same. */
  name: string;
  /** Where it was on the worker's machine. */
  path: string;
  size: number;
  /** 64 lower-case hex digits. */
  sha256: string;
  contentType: string;
  attempt: number;
  storedAt: number;
}

/** What a worker says of a file before it sends it. The same announcement again answers the same artifact. */
export interface ArtifactAnnouncement {
  taskId: string;
  attempt: number;
  name: string;
  path: string;
  size: number;
  sha256: string;
  contentType?: string;
}

export interface ArtifactProgress {
  /** A UUID, for `PUT /worker/artifacts/:id`. */
  artifactId: string;
  /** How many bytes the server has, durably: where the next piece begins. */
  offset: number;
  /** All bytes are there and their SHA-256 is what was announced. */
  complete: boolean;
}

/** A file that a client has sent ahead of the `file-write` that puts it on a worker's machine. */
export interface Upload {
  /** A UUID, for the field `upload` of a `file-write`. */
  upload: string;
  size: number;
  sha256: string;
  /** When it is removed unless a task names it by then. */
  expiresAt: number;
}
