/** What file systems say of a disk, or a quota, that is full. */
export const DISK_FULL: readonly string[] = ['ENOSPC', 'EDQUOT'];

/** The disk is full: nothing of the change was kept. */
export class StorageFull extends Error {
  constructor(options?: ErrorOptions) {
    super('the disk of the server is full', options);
    this.name = 'StorageFull';
  }
}

/** The storage cannot be reached or is closed: nothing of the change was kept. */
export class StorageUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageUnavailable';
  }
}

/** As many tasks wait as may. */
export class QueueFull extends Error {
  constructor(readonly limit: number) {
    super(`${limit} tasks are waiting already, which is as many as MAX_PENDING allows`);
    this.name = 'QueueFull';
  }
}

/** The idempotency key was used before, for another request. */
export class IdempotencyKeyReused extends Error {
  constructor() {
    super(
      'this Idempotency-Key was used for another request within the last 24 hours; make a new key for a new request',
    );
    this.name = 'IdempotencyKeyReused';
  }
}

/** A task names an upload that there is not, or not any more: nothing of the call was kept. */
export class UploadNotFound extends Error {
  constructor(id: string) {
    super(`there is no upload ${id}: it is unknown, or its time is over`);
    this.name = 'UploadNotFound';
  }
}

/** The database cannot be used by this program; the message says why and what to do. */
export class UnusableDatabase extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnusableDatabase';
  }
}

/** A backup cannot be made or restored as it was asked for; the message says why and what to do. */
export class BackupRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupRefused';
  }
}
