import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProcessTable } from '../../apps/worker/src/process/process-table.js';
import { Program, TOKEN } from '../programs.js';
import { Disk } from './disk.js';
import type { Random } from './random.js';
import { TcpProxy } from './tcp-proxy.js';
import { WallClock } from './wall-clock.js';

const DISK_MIB = 48;

/** The server and a worker as real processes, each side's traffic through a proxy, each one's files on a small disk. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  readonly ledger = join(this.folder, 'ledger');
  readonly dataDisk: Disk;
  readonly spoolDisk: Disk;
  readonly clock: WallClock;
  /** Tasks whose report lay in the spool when its worker was killed. */
  readonly kept = new Set<string>();
  private api: Program | undefined;
  private worker: Program | undefined;
  private port = 0;
  workersNetwork!: TcpProxy;
  clientsNetwork!: TcpProxy;

  private constructor() {
    mkdirSync(this.ledger);
    mkdirSync(join(this.folder, 'home'));
    this.dataDisk = Disk.mount(join(this.folder, 'data'), DISK_MIB);
    this.spoolDisk = Disk.mount(join(this.folder, 'spool'), DISK_MIB);
    this.clock = new WallClock(join(this.folder, 'clock'));
  }

  static async create(random: Random): Promise<World> {
    const world = new World();
    try {
      await world.startApi();
      world.workersNetwork = await TcpProxy.open(() => world.port, random.fork());
      world.clientsNetwork = await TcpProxy.open(() => world.port, random.fork());
      await world.startWorker();
      return world;
    } catch (error) {
      await world.end();
      throw error;
    }
  }

  /** Straight to the server, past all faults. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async startApi(): Promise<void> {
    const program = new Program('dist/apps/api/main.js', [], {
      ...this.clock.variables,
      WORKER_TOKEN: TOKEN,
      WORKER_PORT: String(this.port),
      RATE_LIMIT_PER_MINUTE: '0',
      DATABASE_URL: `file:${join(this.dataDisk.path, 'openclaw.db')}`,
    });
    this.api = program;
    this.port = Number((await program.line(/listening on http:\/\/127\.0\.0\.1:(\d+)/))[1]);
  }

  async startWorker(): Promise<void> {
    const program = new Program('dist/apps/worker/main.js', [], {
      WORKER_TOKEN: TOKEN,
      WORKER_URL: this.workersNetwork.url,
      WORKER_NAME: 'chaos',
      WORKER_SHELL: '/bin/sh',
      MAX_CONCURRENT: '6',
      LONG_POLL_WAIT: '2000',
      SPOOL_DIR: join(this.spoolDisk.path, 'worker'),
      HOME: join(this.folder, 'home'),
    });
    this.worker = program;
    await program.line(/worker chaos started/);
  }

  async killApi(): Promise<void> {
    await this.api?.end('SIGKILL');
  }

  async killWorker(): Promise<void> {
    await this.worker?.end('SIGKILL');
    for (const name of this.leftIn('spool')) this.kept.add(name.slice(0, name.indexOf('.')));
  }

  freeze(who: 'api' | 'worker'): void {
    this.signal(who, 'SIGSTOP');
  }

  thaw(who: 'api' | 'worker'): void {
    this.signal(who, 'SIGCONT');
  }

  /** The reports, or notes of what runs, that the worker keeps. */
  leftIn(folder: 'spool' | 'journal'): string[] {
    return readdirSync(join(this.spoolDisk.path, 'worker', folder));
  }

  /** Processes of tasks that run. */
  tasksRunning(): string[] {
    return readProcessTable()
      .filter(({ pid, mark }) => mark !== null && homeOf(pid)?.startsWith(this.folder))
      .map(({ pid, name }) => `${pid} ${name}`);
  }

  /** What the programs have logged that must never come: an end by a failure of their own. */
  failures(): string[] {
    return [this.api, this.worker]
      .flatMap((program) => program?.lines ?? [])
      .filter((line) => line.includes('failed and ends') || line.includes('"level":60'));
  }

  async end(): Promise<void> {
    for (const program of [this.worker, this.api]) await program?.end('SIGKILL');
    await this.workersNetwork?.close();
    await this.clientsNetwork?.close();
    for (const { pid, mark } of readProcessTable()) {
      if (mark !== null && homeOf(pid)?.startsWith(this.folder)) process.kill(pid, 'SIGKILL');
    }
    this.dataDisk.unmount();
    this.spoolDisk.unmount();
    rmSync(this.folder, { recursive: true });
  }

  private signal(who: 'api' | 'worker', name: NodeJS.Signals): void {
    const program = who === 'api' ? this.api : this.worker;
    if (!program) throw new Error(`there is no ${who}`);
    program.kill(name);
  }
}

/** The home folder that a process was started with, which tells the tasks of one world from those of another. */
function homeOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').match(/(?:^|\0)HOME=([^\0]*)/)?.[1] ?? null;
  } catch {
    // It has ended since it was listed.
    return null;
  }
}
