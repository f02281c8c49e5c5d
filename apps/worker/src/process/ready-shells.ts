import { type Leader, type ProgramCall, type StartedProcess, spawnLeader } from './process-start.js';
import { isExecutable } from './program-path.js';
import { workingFolderProblem } from './working-folder.js';

const SHELL = '/bin/sh';
/** How many wait. One is used up while the next is made: two are enough for tasks that come one after the other. */
const READY = 2;
/** Shells read such a script byte by byte; with more than this, starting anew is faster. */
const LONGEST_SCRIPT = 8192;
/** A new one is made this long after another was taken, so that the start of a task does not wait for it. */
const AFTER_TAKEN_MS = 50;
/** Or this long after the worker has said that it has time: what it has begun to send leaves first. */
const SOON_MS = 1;

/** A call that a waiting shell can become: nothing of it depends on how the shell was started. */
export interface ReadyCall extends Omit<ProgramCall, 'env' | 'stdin'> {
  /** Variables beyond those that the shells were started with. */
  added: Readonly<Record<string, string>>;
  /** A file that the process writes a 0 to before it becomes the program: the door of its cgroup. */
  door?: string;
}

/**
 * Processes that wait to become a task's. Starting one takes a worker several milliseconds, since the system copies the
 * tables of the worker's memory; a shell that waits has that behind it. Told what to run over its standard input, it
 * enters the folder and replaces itself by the program, which finds the same as if it had been started anew. When the
 * worker dies, its input ends, and so does it.
 */
export class ReadyShells {
  private readonly waiting: Leader[] = [];
  private refill: NodeJS.Timeout | undefined;
  private filling: Promise<void> | undefined;
  private closed = false;

  /** @param env what all programs start from */
  constructor(private readonly env: Readonly<Record<string, string>>) {
    this.refillAfter(AFTER_TAKEN_MS);
  }

  /** Null when none waits, or when the call is none for a waiting shell: it has to be started the ordinary way. */
  async start(call: ReadyCall): Promise<StartedProcess | null> {
    if (this.waiting.length === 0) return null;
    const script = scriptOf(call);
    if (script.length > LONGEST_SCRIPT) return null;
    // What does not fit is told by the ordinary way.
    const fits = await Promise.all([
      workingFolderProblem(call.cwd).then((problem) => problem === null),
      isExecutable(call.program),
    ]);
    if (fits.includes(false)) return null;
    for (let shell = this.waiting.shift(); shell; shell = this.waiting.shift()) {
      if (shell.hasEnded()) continue;
      this.refillAfter(AFTER_TAKEN_MS);
      shell.stdin?.end(script);
      return shell;
    }
    return null;
  }

  /** A report has been sent, and nothing can be done before it is answered: the time to make those that are missing. */
  refillSoon(): void {
    if (this.waiting.length < READY) this.refillAfter(SOON_MS);
  }

  /** Ends those that wait. */
  close(): void {
    this.closed = true;
    clearTimeout(this.refill);
    for (const { stdin } of this.waiting.splice(0)) stdin?.end();
  }

  /** Makes those that are missing. Never rejects: without room for another process, the task that needs one says so. */
  fill(): Promise<void> {
    this.filling ??= this.makeMissing().finally(() => {
      this.filling = undefined;
    });
    return this.filling;
  }

  private async makeMissing(): Promise<void> {
    while (!this.closed && this.waiting.length < READY) {
      try {
        const shell = await spawnLeader({ program: SHELL, args: ['-s'], cwd: '/', env: this.env }, 'pipe');
        // One that has ended is passed over when its turn comes; writing to it is no failure of the worker.
        shell.stdin?.on('error', () => undefined);
        this.waiting.push(shell);
      } catch {
        return;
      }
    }
    if (this.closed) this.close();
  }

  private refillAfter(ms: number): void {
    clearTimeout(this.refill);
    this.refill = this.closed ? undefined : setTimeout(() => void this.fill(), ms).unref();
  }
}

/** Of variables only the mark is set in it, and `cd` leaves no trace: the program's environment is that of any other start. */
function scriptOf({ program, args, cwd, added, door }: ReadyCall): string {
  const lines = [`cd -P -- ${quoted(cwd)} || exit 126`, 'unset OLDPWD'];
  if (door !== undefined) lines.push(`{ echo 0 > ${quoted(door)}; } 2>/dev/null`);
  for (const [name, value] of Object.entries(added)) lines.push(`export ${name}=${quoted(value)}`);
  const words = [program, ...args].map(quoted).join(' ');
  // The last line: it changes the input that the shell reads its script from.
  return `${lines.join('\n')}\nexec ${words} </dev/null\n`;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
