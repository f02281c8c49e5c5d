import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskRecord } from '#contracts';
import { hasCode } from '../../apps/worker/src/system-error.js';
import { TOKEN } from '../programs.js';
import type { Mix } from './mixes.js';
import type { Random } from './random.js';
import type { World } from './world.js';

/** How long a client waits between two tries, in milliseconds. */
const PAUSE_MS = 40;
/** How long one call may take before a client takes its connection for dead. */
const PATIENCE_MS = 3000;

/** What a command does beside noting that it runs, and how it ends when it is left alone. */
interface Kind {
  body: (ledger: string) => string;
  exitCode: number;
  /** What it prints after its own name. */
  printed?: string;
  fields?: { maxAttempts: number; retryOn: string[]; retryDelay: number };
  /** Asked to end while it runs. */
  cancelled?: boolean;
  /** Only where a mix names it. */
  special?: boolean;
}

const KINDS: Record<string, Kind> = {
  plain: { body: () => 'true', exitCode: 0 },
  failing: { body: () => 'exit 3', exitCode: 3 },
  slow: { body: () => 'sleep 0.4', exitCode: 0 },
  slower: { body: () => 'sleep 1.2; echo late', exitCode: 0, printed: 'late\n' },
  family: { body: () => 'setsid sh -c "sleep 0.3; echo child" & sleep 0.1; wait', exitCode: 0, printed: 'child\n' },
  chatty: {
    body: () => 'for n in 1 2 3 4 5 6; do echo $n; sleep 0.1; done',
    exitCode: 0,
    printed: '1\n2\n3\n4\n5\n6\n',
  },
  loud: { body: () => `head -c 300000 /dev/zero | tr '\\0' x`, exitCode: 0, printed: 'x'.repeat(300_000) },
  retried: {
    body: () => 'sleep 0.2',
    exitCode: 0,
    fields: { maxAttempts: 4, retryOn: ['lost', 'failed'], retryDelay: 50 },
  },
  second: {
    body: (ledger) => `if [ "$(wc -l < ${ledger})" -gt 1 ]; then sleep 0.3; else sleep 0.4; exit 1; fi`,
    exitCode: 0,
    fields: { maxAttempts: 2, retryOn: ['failed'], retryDelay: 0 },
    special: true,
  },
  long: { body: () => 'sleep 63', exitCode: 0, special: true },
  cancelled: { body: () => 'setsid sleep 60 & sleep 60', exitCode: 0, cancelled: true },
};
type Answer = Partial<Pick<TaskRecord, 'taskId' | 'completedAt'>> & { code?: string };

const KIND_NAMES = Object.keys(KINDS).filter((name) => !KINDS[name]?.special);
const MOST_HURT = ['slow', 'retried', 'cancelled', 'family'];

/** One task that a client wants done, whatever it takes to submit it. */
export class Errand {
  taskId: string | undefined;
  readonly kind: Kind;

  constructor(
    private readonly world: World,
    /** Unlike that of any other in this world. */
    readonly name: string,
    readonly kindName: string,
  ) {
    const kind = KINDS[kindName];
    if (!kind) throw new Error(`there is no kind ${kindName}`);
    this.kind = kind;
  }

  get expectedOutput(): string {
    return `${this.name}\n${this.kind.printed ?? ''}`;
  }

  get mayRun(): number {
    return this.kind.fields?.maxAttempts ?? 1;
  }

  private get ledger(): string {
    return join(this.world.ledger, this.name);
  }

  /** How often the command has begun. */
  get runs(): number {
    try {
      return readFileSync(this.ledger, 'utf8').split('\n').length - 1;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return 0;
      throw error;
    }
  }

  /** Submits until the server has acknowledged it, or `over` is aborted: then nobody knows whether it was. */
  async submit(over: AbortSignal): Promise<void> {
    const { fields = {}, body } = this.kind;
    const command = `echo run >> ${this.ledger}; echo ${this.name}; ${body(this.ledger)}`;
    const metadata = { errand: this.name };
    while (!over.aborted) {
      const answer = await this.call('/tasks', { command, timeout: 300_000, metadata, ...fields });
      if (answer?.taskId) {
        this.taskId = answer.taskId;
        break;
      }
      await pause();
    }
    if (this.taskId && this.kind.cancelled) await this.cancel(over);
  }

  /** Asks for the end once it runs, so that there is something to end; or once it can run no more. */
  private async cancel(over: AbortSignal): Promise<void> {
    while (!over.aborted && this.runs === 0 && !(await this.hasEnded())) await pause();
    while (!over.aborted) {
      const answer = await this.call(`/tasks/${this.taskId}/cancel`, {});
      if (answer?.taskId || answer?.code === 'task_ended') return;
      await pause();
    }
  }

  private async hasEnded(): Promise<boolean> {
    const record = await this.call(`/tasks/${this.taskId}`);
    return record?.completedAt !== undefined && record.completedAt !== null;
  }

  private async call(path: string, body?: object): Promise<Answer | null> {
    try {
      const response = await fetch(this.world.clientsNetwork.url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          Authorization: `Bearer ${TOKEN}`,
          'Content-Type': 'application/json',
          'Idempotency-Key': this.name,
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return (await response.json()) as Answer;
    } catch {
      // A fault was in the way; the same call is made again.
      return null;
    }
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** The errands of a round, of the kinds that its mix names; or of all, with at least one of each that faults are most likely to hurt. */
export function errandsOf(world: World, round: number, { errands, kinds: only }: Mix, random: Random): Errand[] {
  const certain = only === null ? MOST_HURT : [];
  const drawn = Array.from({ length: errands - certain.length }, () => random.pick(only ?? KIND_NAMES));
  const kinds = [...certain, ...drawn];
  return kinds.map((kind, index) => new Errand(world, `r${round}-${index}-${kind}`, kind));
}

export async function recordOf(world: World, taskId: string, wait = 60_000): Promise<TaskRecord> {
  const response = await fetch(`${world.url}/tasks/${taskId}?wait=${wait}`, {
    headers: { Authorization: `Bearer ${TOKEN}` },
  });
  return response.json() as Promise<TaskRecord>;
}
