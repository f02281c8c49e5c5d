import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A pipe of the system: what goes into `writeEnd`, a file descriptor that the caller closes, comes out of `reader`. */
export interface OutputPipe {
  reader: Socket;
  writeEnd: number;
}

interface PipeEnds {
  readEnd: number;
  writeEnd: number;
}

/** How many pipes are made at a time, and when fewer than how many are left. */
const BATCH = 16;
const LOW = 6;

/**
 * Pipes for the outputs of processes.
 *
 * Node connects a child process by sockets, and Linux lets no one open a socket by its name: in a task's process
 * `echo … > /dev/stderr` and `tee /dev/stderr` would fail. Node has no call for a real pipe but opening a named one,
 * and naming one takes a process as costly as a task itself, so that they are made in batches and ahead of need.
 */
export class PipeSupply {
  private readonly ready: PipeEnds[] = [];
  private making: Promise<void> | undefined;

  /** @param folder where the pipes have a name until they are open */
  constructor(private readonly folder = tmpdir()) {}

  /** `count` pipes, at most `BATCH`; none where Node's own have to do. Never rejects. */
  async take(count: number): Promise<OutputPipe[]> {
    if (process.platform !== 'linux') return [];
    if (this.ready.length < count) await this.makeMore();
    if (this.ready.length < count) return [];
    const taken = this.ready.splice(0, count);
    if (this.ready.length < LOW) void this.makeMore();
    return taken.map(({ readEnd, writeEnd }) => ({
      reader: readerOf(readEnd),
      writeEnd,
    }));
  }

  /** Closes the pipes that nobody took. */
  async close(): Promise<void> {
    await this.making;
    for (const ends of this.ready.splice(0)) closeEnds(ends);
  }

  private makeMore(): Promise<void> {
    this.making ??= this.makeBatch().finally(() => {
      this.making = undefined;
    });
    return this.making;
  }

  private async makeBatch(): Promise<void> {
    const made: PipeEnds[] = [];
    try {
      const names = await mkdtemp(join(this.folder, 'openclaw-'));
      try {
        const paths = Array.from({ length: BATCH }, (_, index) => join(names, String(index)));
        await promisify(execFile)('mkfifo', ['-m', '600', ...paths], { env: { PATH: process.env.PATH } });
        for (const path of paths) made.push(openPipe(path));
      } finally {
        await rm(names, { recursive: true, force: true });
      }
      this.ready.push(...made);
    } catch {
      // A temporary folder that is full, or that cannot hold pipes, is no reason to refuse a task.
      for (const ends of made) closeEnds(ends);
    }
  }
}

/** What all readers read into: a buffer for each read would pile up faster than it is collected. */
const readInto = Buffer.allocUnsafeSlow(65_536);

/** A socket whose `data` is only there until its listeners return. */
function readerOf(readEnd: number): Socket {
  const options: SocketConstructorOpts & ConnectOpts = {
    fd: readEnd,
    readable: true,
    writable: false,
    onread: { buffer: readInto, callback: (bytes, buffer) => reader.emit('data', buffer.subarray(0, bytes)) },
  };
  const reader: Socket = new Socket(options);
  return reader;
}

// The reading end first and without blocking: each end of a named pipe waits for the other to be opened.
function openPipe(path: string): PipeEnds {
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { readEnd, writeEnd: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(readEnd);
    throw error;
  }
}

function closeEnds({ readEnd, writeEnd }: PipeEnds): void {
  closeSync(readEnd);
  closeSync(writeEnd);
}
