import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { losePower } from '../power-loss/disk-memory.mjs';
import { Program, ROOT, TOKEN } from '../programs.js';
import { Disk } from './disk.js';
import type { Random } from './random.js';
import { TcpProxy } from './tcp-proxy.js';

const DISK_MIB = 48;
const DISK_MEMORY = pathToFileURL(join(ROOT, 'test/power-loss/disk-memory.mjs')).href;

/** A machine with a worker: its small disk, its way to the server, and what tells its tasks' processes from others. */
export class WorkerHost {
  readonly home: string;
  readonly disk: Disk;
  /** Attempts, as `TASK ATTEMPT`, whose report lay on the disk when the worker was started. */
  readonly kept = new Set<string>();
  private readonly memory: string;
  private program: Program | undefined;

  private constructor(
    readonly name: string,
    folder: string,
    readonly network: TcpProxy,
  ) {
    this.home = join(folder, `${name}-home`);
    this.memory = join(folder, `${name}-flushed`);
    mkdirSync(this.home);
    this.disk = Disk.mount(join(folder, `${name}-disk`), DISK_MIB);
  }

  /** @param server the port of 127.0.0.1 where the server listens */
  static async create(name: string, folder: string, server: () => number, random: Random): Promise<WorkerHost> {
    return new WorkerHost(name, folder, await TcpProxy.open(server, random));
  }

  async start(): Promise<void> {
    for (const name of this.leftIn('spool')) this.kept.add(name.split('.').slice(0, 2).join(' '));
    this.program = new Program('dist/apps/worker/main.js', [], {
      WORKER_TOKEN: TOKEN,
      WORKER_URL: this.network.url,
      WORKER_NAME: this.name,
      WORKER_SHELL: '/bin/sh',
      MAX_CONCURRENT: '4',
      LONG_POLL_WAIT: '2000',
      SPOOL_DIR: join(this.disk.path, 'worker'),
      HOME: this.home,
      NODE_OPTIONS: `--import=${DISK_MEMORY}`,
      FLUSHED_ROOT: this.disk.path,
      FLUSHED_MEMORY: this.memory,
    });
    await this.program.line(new RegExp(`worker ${this.name} started`));
  }

  async kill(): Promise<void> {
    await this.program?.end('SIGKILL');
  }

  /** Once nothing runs any more: what was not flushed is gone. */
  forgetUnflushed(): void {
    for (const folder of ['spool', 'journal']) losePower(join(this.disk.path, 'worker', folder), this.memory);
  }

  freeze(): void {
    this.program?.kill('SIGSTOP');
  }

  thaw(): void {
    this.program?.kill('SIGCONT');
  }

  /** The reports, or notes of what runs, that the worker keeps. */
  leftIn(folder: 'spool' | 'journal'): string[] {
    try {
      return readdirSync(join(this.disk.path, 'worker', folder));
    } catch {
      // It has not been started yet.
      return [];
    }
  }

  get log(): readonly string[] {
    return this.program?.lines ?? [];
  }

  async end(): Promise<void> {
    await this.kill();
    await this.network.close();
    this.disk.unmount();
  }
}
