import { v7 as uuidv7 } from 'uuid';
import type { AttemptResult } from '../../apps/api/src/domain/task.js';
import type { Exchange, Poll, Report, StoredTask } from '../../apps/api/src/storage/task-store.js';
import { aResult, aTask, ManualClock, operator } from '../../apps/api/src/storage/testing/builders.js';
import type { Random } from '../chaos/random.js';
import { ModelWorker, printedBy } from './model-worker.js';
import type { Server } from './server.js';
import { Waiters } from './waiters.js';

/** Many short courses of events find more than a few long ones. */
const STEPS = { min: 10, max: 40 };
/** Between two steps, in milliseconds: a worker that is well polls far more often than its lease lasts. */
const STEP_MS = { min: 0, max: 2000 };
/** A sleep that outlasts every lease. */
const SLEEP_MS = 90_000;
/** How many rounds without a fault a schedule may take to come to rest. */
const MOST_SETTLING = 100;

/** Where a schedule takes place. */
export interface Stage {
  server: Server;
  /** A folder for workers, and what is remembered of its flushed content. */
  disk: string;
  memory: string;
}

/** One course of events between the real store and a model of a worker, over a network that loses, delays and repeats. */
export class Schedule {
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  private readonly tasks: string[] = [];
  private readonly worker: ModelWorker;
  /** Requests that come once more, later. */
  private readonly late: (() => Promise<unknown>)[] = [];
  /** Attempts that were out when the worker crashed: nobody may know what became of them. */
  private readonly shaken = new Set<string>();
  /** Attempts of which a report has left the worker, whether it arrived or not. */
  private readonly reported = new Set<string>();
  /** Since the last sweep, and ever. */
  private slept = false;
  private hasSlept = false;
  /** The tasks of other schedules are not for it. */
  private readonly workerName = `worker-${uuidv7()}`;
  private readonly clock: ManualClock;
  private readonly waiters: Waiters;
  private readonly server: Server;

  constructor(
    stage: Stage,
    private readonly random: Random,
  ) {
    this.server = stage.server;
    this.clock = stage.server.clock;
    this.waiters = new Waiters(random.fork());
    this.worker = new ModelWorker(this.workerName, uuidv7(), stage.disk, stage.memory, random.fork());
  }

  async play(): Promise<void> {
    await this.worker.start();
    const steps = this.random.integer(STEPS.min, STEPS.max);
    for (let step = 0; step < steps; step += 1) {
      this.clock.advance(this.random.integer(STEP_MS.min, STEP_MS.max));
      await this.step();
      await this.sweep();
      // Whatever else happens, a worker that is awake polls.
      if (step % 4 === 0) await this.poll();
    }
    await this.settle();
    await this.judge();
  }

  private async step(): Promise<void> {
    const events: [number, () => Promise<unknown> | undefined][] = [
      [20, () => this.submit()],
      [20, () => this.poll()],
      [15, () => this.worker.finishOne()],
      [15, () => this.report()],
      [10, () => this.deliverLate()],
      [5, () => this.cancel()],
      [8, () => this.wait()],
      [12, () => this.waiters.answerOne()],
      [2, () => this.crash('stays')],
      [2, () => this.crash('goes')],
      [2, () => this.restartServer()],
      [1, () => this.sleep()],
    ];
    let drawn = this.random.next() * events.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, happen] of events) {
      drawn -= weight;
      if (drawn < 0) {
        await happen();
        return;
      }
    }
  }

  private async submit(): Promise<void> {
    const often = this.random.next() < 0.3;
    const retry = { maxAttempts: often ? 3 : 1, on: ['lost', 'failed'] as ('lost' | 'failed')[], delay: 0 };
    const task = aTask({ target: { worker: this.workerName, tags: [] }, expiresIn: 86_400_000, retry });
    await this.server.tasks.submit([task], null, operator, this.clock.now());
    this.tasks.push(task.id);
    this.note(`submit ${task.id} for ${retry.maxAttempts}`);
  }

  private async poll(faulty = true): Promise<void> {
    const poll = this.worker.nextPoll();
    const send = (again: Poll) => this.server.tasks.exchange(again, operator, this.clock.now());
    const fate = faulty ? this.random.next() : 1;
    if (faulty && this.random.next() < 0.3) this.late.push(async () => this.noteOrphans(poll, await send(poll)));
    if (fate < 0.1) return this.note(`poll ${poll.claimant.seq} is lost`);
    const exchange = await send(poll);
    if (exchange.kind !== 'settled') {
      this.violations.push(`a poll in order was answered ${exchange.kind}`);
      return;
    }
    const handed = exchange.handOuts.map(({ id, attempt }) => `${id}/${attempt}`).join();
    this.note(
      `poll ${poll.claimant.seq} of ${poll.running.length}, handed ${handed}${fate < 0.25 ? ', answer lost' : ''}`,
    );
    if (fate >= 0.25) await this.worker.take(exchange.handOuts, exchange.cancel, exchange.stale);
  }

  /** What a poll of a start that is over was handed, nobody may know of: the server cannot tell that it never arrived. */
  private noteOrphans({ claimant }: Poll, exchange: Exchange): void {
    if (claimant.generation === this.worker.generation || exchange.kind !== 'settled') return;
    for (const { id: taskId, attempt } of exchange.handOuts) this.shaken.add(printedBy({ taskId, attempt }));
  }

  private async report(faulty = true): Promise<void> {
    const ended = await this.worker.nextReport();
    if (!ended) return;
    const { taskId, attempt, status, stdout, exitCode } = ended;
    const outcome = status as AttemptResult['outcome'];
    const report: Report = {
      taskId,
      attempt,
      reporter: { tokenId: 'environment', workerName: this.workerName },
      result: aResult({ outcome, stdout, exitCode }),
    };
    this.reported.add(printedBy(ended));
    const send = () => this.server.tasks.report(report, operator, this.clock.now());
    const fate = faulty ? this.random.next() : 1;
    if (faulty && this.random.next() < 0.4) this.late.push(send);
    if (fate < 0.1) return this.note(`report of ${taskId}/${attempt} is lost`);
    const verdict = await send();
    this.note(
      `report of ${taskId}/${attempt}, ${outcome}: ${JSON.stringify(verdict)}${fate < 0.25 ? ', answer lost' : ''}`,
    );
    if (fate >= 0.25) await this.worker.drop(ended);
  }

  private async deliverLate(): Promise<void> {
    const [send] = this.late.splice(this.random.integer(0, Math.max(0, this.late.length - 1)), 1);
    if (!send) return;
    this.note('a request comes once more');
    await send();
  }

  private async cancel(): Promise<void> {
    if (this.tasks.length === 0) return;
    const id = this.random.pick(this.tasks);
    await this.server.tasks.cancel(id, operator, this.clock.now());
    this.note(`cancel ${id}`);
  }

  private async wait(): Promise<void> {
    if (this.tasks.length > 0) this.waiters.wait(this.random.pick(this.tasks), this.server);
  }

  private async crash(power: 'stays' | 'goes'): Promise<void> {
    for (const taskId of this.tasks) {
      const { state } = await this.find(taskId);
      if (['running', 'lost'].includes(state.status)) this.shaken.add(printedBy({ taskId, attempt: state.attempt }));
    }
    await this.worker.crash(power);
    this.note(`the worker crashes, its power ${power}`);
  }

  private async restartServer(): Promise<void> {
    await this.server.restart();
    await this.waiters.reconnect(this.server);
    this.note('the server restarts');
  }

  private async sleep(): Promise<void> {
    this.slept = true;
    this.hasSlept = true;
    this.clock.advance(SLEEP_MS);
    this.note('the worker sleeps');
  }

  private async sweep(): Promise<void> {
    const now = this.clock.now();
    await this.server.tasks.promoteDue(now, 100);
    const lost = await this.server.tasks.loseLapsed(now, 100);
    if (lost > 0 && !this.slept) this.violations.push(`${lost} leases lapsed of a worker that polls`);
    if (lost > 0) this.note(`${lost} leases lapse`);
    this.slept = false;
  }

  /** No more faults: everything comes to its end. */
  private async settle(): Promise<void> {
    while (this.late.length > 0) await this.deliverLate();
    for (let round = 0; round < MOST_SETTLING; round += 1) {
      this.clock.advance(1000);
      await this.sweep();
      await this.poll(false);
      await this.worker.finishOne();
      await this.report(false);
      if (this.worker.isIdle && (await this.unfinished()) === 0) return;
    }
    this.violations.push('it does not come to rest');
  }

  private async unfinished(): Promise<number> {
    const states = await Promise.all(this.tasks.map((id) => this.server.tasks.statusOf(id)));
    return states.filter((status) => status === 'pending' || status === 'running').length;
  }

  private async judge(): Promise<void> {
    await this.waiters.answerAll();
    for (const id of this.waiters.unheard) this.violations.push(`${id}: a client that waits was not told of its end`);
    await this.waiters.end();
    for (const id of this.tasks) {
      const { state, retry, result } = await this.find(id);
      const runs = this.worker.started.filter(({ taskId }) => taskId === id);
      const tell = (what: string) => this.violations.push(`${id} (${state.status}): ${what}`);
      if (runs.length > retry.maxAttempts) tell(`ran ${runs.length} times of ${retry.maxAttempts}`);
      if (new Set(runs.map(({ attempt }) => attempt)).size !== runs.length) tell('an attempt ran twice');
      if (runs.some(({ attempt }) => attempt > state.attempt)) tell('an attempt ran that the store does not know');
      const own = printedBy({ taskId: id, attempt: state.attempt });
      const ran = runs.some(({ attempt }) => attempt === state.attempt);
      // A hand-out that never arrived may lapse while its worker sleeps.
      const lapsed = !ran && this.hasSlept;
      if (state.status === 'lost' && !this.shaken.has(own) && !lapsed) tell('lost, though no crash took it');
      if (state.status === 'lost' && this.reported.has(own)) tell('lost, though its report was on its way');
      if (result && result.stdout !== own) tell(`has the result of ${result.stdout}`);
      if (state.status === 'completed' && !result) tell('has no result');
      if (state.status === 'completed' && !ran) tell('never ran');
    }
  }

  private async find(id: string): Promise<StoredTask> {
    const task = await this.server.tasks.find(id);
    if (!task) throw new Error(`task ${id} is gone`);
    return task;
  }

  private note(what: string): void {
    this.trace.push(`${this.clock.now().monotonic} ${what}`);
  }
}
