import { basename } from 'node:path';
import type { TaskRecord } from '#contracts';
import type { OutputStore } from '../../storage/output-store.js';
import { BoundedOutput, isText, lastOf, readable } from './output-text.js';

const PAGE_BYTES = 1_048_576;
/** More than a message shows, since colours and what was overwritten are taken out. */
const TAIL_BYTES = 16_384;

/** What a task has left as text or bytes, for a message and a file beside it. */
export interface Printed {
  /** For people; empty for what is no text. */
  text: string;
  file: { name: string; data: Buffer; contentType: string } | null;
}

/** The last of what a running task has printed. */
export async function printedLast(store: OutputStore, id: string): Promise<{ text: string; last: number }> {
  let last = (await store.beforeTail(id, TAIL_BYTES)) ?? 0;
  const tail: Buffer[] = [];
  for (;;) {
    const page = await store.page(id, last, PAGE_BYTES);
    if (!page || page.chunks.length === 0) break;
    for (const { data } of page.chunks) tail.push(data);
    last = page.chunks.at(-1)?.seq ?? last;
  }
  const bytes = Buffer.concat(tail);
  return { text: lastOf(readable(bytes.subarray(-TAIL_BYTES).toString()), TAIL_BYTES), last };
}

/** All that a task has printed in its last attempt, as it came; a file that was read, byte for byte. At most `limit` bytes. */
export async function printedInAll(store: OutputStore, record: TaskRecord, limit: number): Promise<Printed> {
  const bytes = record.type === 'file-read' ? contentOf(record) : await collected(store, record, limit);
  if (bytes.length === 0) return { text: '', file: null };
  if (!isText(bytes)) {
    const file = { name: nameOf(record, 'output.bin'), data: bytes, contentType: 'application/octet-stream' };
    return { text: '', file: bytes.length <= limit ? file : null };
  }
  const text = record.type === 'file-read' ? bytes.toString() : readable(bytes.toString());
  const data = record.type === 'file-read' ? bytes : Buffer.from(text);
  const file = { name: nameOf(record, 'output.txt'), data, contentType: 'text/plain; charset=utf-8' };
  return { text: record.type === 'file-read' ? readable(text) : text, file: data.length <= limit ? file : null };
}

const contentOf = ({ stdout, stdoutEncoding }: TaskRecord): Buffer => Buffer.from(stdout, stdoutEncoding);

async function collected(store: OutputStore, { taskId, attempt }: TaskRecord, limit: number): Promise<Buffer> {
  // Some of it is spent on the line that tells of what is left out.
  const output = new BoundedOutput(limit - 256);
  for (let after = 0; ; ) {
    const page = await store.page(taskId, after, PAGE_BYTES);
    if (!page || page.chunks.length === 0) break;
    for (const chunk of page.chunks) if (chunk.attempt === attempt) output.push(chunk.data);
    after = page.chunks.at(-1)?.seq ?? after;
  }
  return output.bytes;
}

/** The name of the file that was read, as far as Discord takes it. */
function nameOf({ type, ...record }: TaskRecord, otherwise: string): string {
  if (type !== 'file-read') return otherwise;
  const name = basename((record as { path?: string }).path ?? '').replace(/[^\w.-]/g, '_');
  return name === '' ? otherwise : name.slice(-100);
}
