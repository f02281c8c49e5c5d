import { and, eq, inArray, lte, sql } from 'drizzle-orm';
import { UploadNotFound } from '../errors.js';
import type { StoredUpload } from '../file-store.js';
import type { Engine } from './engine.js';
import { uploads, uploadUses } from './schema.js';

/** What clients have sent ahead, and which tasks name it. Every method that changes something runs inside a transaction. */
export class Uploads {
  private readonly db;

  constructor({ db }: Engine) {
    this.db = db;
  }

  add(upload: StoredUpload): void {
    this.db.insert(uploads).values(upload).run();
  }

  /** One that a task may name: its time is not over, or another task keeps it. Throws `UploadNotFound`. */
  found(id: string, now: number): StoredUpload {
    const upload = this.db.select().from(uploads).where(eq(uploads.id, id)).get();
    if (!upload || (upload.expiresAt <= now && !this.isUsed(id))) throw new UploadNotFound(id);
    return upload;
  }

  use(uploadId: string, taskSeq: number): void {
    this.db.insert(uploadUses).values({ uploadId, taskSeq }).run();
  }

  /** Id of the upload that a task names. */
  usedBy(taskSeq: number): string | null {
    return this.db.select().from(uploadUses).where(eq(uploadUses.taskSeq, taskSeq)).get()?.uploadId ?? null;
  }

  /** The upload that a task names. */
  ofTask(taskSeq: number): StoredUpload | null {
    const id = this.usedBy(taskSeq);
    return (id !== null && this.db.select().from(uploads).where(eq(uploads.id, id)).get()) || null;
  }

  removeExpired(now: number, limit: number): number {
    const unused = sql`NOT EXISTS (SELECT 1 FROM upload_uses WHERE upload_uses.upload_id = uploads.id)`;
    const old = this.db
      .select({ id: uploads.id })
      .from(uploads)
      .where(and(lte(uploads.expiresAt, now), unused))
      .orderBy(uploads.expiresAt)
      .limit(limit);
    return this.db.delete(uploads).where(inArray(uploads.id, old)).run().changes;
  }

  private isUsed(id: string): boolean {
    return this.db.select().from(uploadUses).where(eq(uploadUses.uploadId, id)).limit(1).get() !== undefined;
  }
}
