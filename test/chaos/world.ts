import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptRef } from '#contracts';
import { readProcessTable } from '../../apps/worker/src/process/process-table.js';
import { Program, TOKEN } from '../programs.js';
import { Disk } from './disk.js';
import type { Random } from './random.js';
import { TcpProxy } from './tcp-proxy.js';
import { WallClock } from './wall-clock.js';
import { WorkerHost } from './worker-host.js';

const DISK_MIB = 48;
const WORKERS = ['alder', 'birch'];
/** The server as well, on a storage that is far away. */
const SLOW_STORAGE = 'test/chaos/slow-storage.mjs';

/** The server and two workers as real processes, each one's traffic through a proxy, each one's files on a small disk. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  readonly ledger = join(this.folder, 'ledger');
  readonly dataDisk: Disk;
  readonly clock: WallClock;
  readonly hosts: WorkerHost[] = [];
  private api: Program | undefined;
  private port = 0;
  clientsNetwork!: TcpProxy;

  private constructor(private readonly slowStorage: boolean) {
    mkdirSync(this.ledger);
    this.dataDisk = Disk.mount(join(this.folder, 'data'), DISK_MIB);
    this.clock = new WallClock(join(this.folder, 'clock'));
  }

  static async create(random: Random, slowStorage = false): Promise<World> {
    const world = new World(slowStorage);
    try {
      const server = () => world.port;
      await world.startApi();
      world.clientsNetwork = await TcpProxy.open(server, random.fork());
      for (const name of WORKERS) {
        const host = await WorkerHost.create(name, world.folder, server, random.fork());
        world.hosts.push(host);
        await host.start();
      }
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
    const program = new Program(this.slowStorage ? SLOW_STORAGE : 'dist/apps/api/main.js', [], {
      ...this.clock.variables,
      WORKER_TOKEN: TOKEN,
      WORKER_PORT: String(this.port),
      RATE_LIMIT_PER_MINUTE: '0',
      DATABASE_URL: `file:${join(this.dataDisk.path, 'openclaw.db')}`,
    });
    this.api = program;
    this.port = Number((await program.line(/listening on http:\/\/127\.0\.0\.1:(\d+)/))[1]);
  }

  async killApi(): Promise<void> {
    await this.api?.end('SIGKILL');
  }

  freezeApi(): void {
    this.api?.kill('SIGSTOP');
  }

  thawApi(): void {
    this.api?.kill('SIGCONT');
  }

  /** All that runs on a machine ends at once, and its disk keeps what was flushed. */
  async cutPower(host: WorkerHost): Promise<void> {
    await host.kill();
    for (const { pid } of this.taskProcesses(host.home)) endAtOnce(pid);
    host.forgetUnflushed();
  }

  leftIn(folder: 'spool' | 'journal'): string[] {
    return this.hosts.flatMap((host) => host.leftIn(folder));
  }

  /** Processes of tasks that run. */
  tasksRunning(): string[] {
    return this.taskProcesses(this.folder).map(({ pid, name }) => `${pid} ${name}`);
  }

  /** Whether a report of the attempt has been sent, or has outlasted its worker: then it cannot be lost. */
  hasReported({ taskId, attempt }: AttemptRef): boolean {
    const key = `${taskId} ${attempt}`;
    return this.hosts.some(({ kept, network }) => kept.has(key) || network.reports.has(key));
  }

  /** What the programs have logged that must never come: an end by a failure of their own. */
  failures(): string[] {
    return [this.api?.lines ?? [], ...this.hosts.map(({ log }) => log)]
      .flat()
      .filter((line) => line.includes('failed and ends') || line.includes('"level":60'));
  }

  async end(): Promise<void> {
    for (const host of this.hosts) await host.end();
    await this.killApi();
    await this.clientsNetwork?.close();
    for (const { pid } of this.taskProcesses(this.folder)) endAtOnce(pid);
    this.dataDisk.unmount();
    rmSync(this.folder, { recursive: true });
  }

  private taskProcesses(home: string): { pid: number; name: string }[] {
    return readProcessTable().filter(({ pid, mark }) => mark !== null && homeOf(pid)?.startsWith(home));
  }
}

/** The home folder that a process was started with, which tells the tasks of one machine from those of another. */
function homeOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').match(/(?:^|\0)HOME=([^\0]*)/)?.[1] ?? null;
  } catch {
    // It has ended since it was listed.
    return null;
  }
}

function endAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since it was listed.
  }
}
