import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ERRORS, type HandedTask, LIMITS, type OutputReceipt, type PollAnswer, type ReportAnswer } from '#contracts';
import type { Logger } from '#logging';
import { SYSTEM } from '../domain/actor.js';
import type { Clock } from '../domain/clock.js';
import type { SimpleClaimant } from '../domain/lease.js';
import { TASK_TYPES } from '../domain/task.js';
import type { Call } from '../http/call.js';
import { longPoll } from '../http/long-poll.js';
import { ApiError } from '../http/problem.js';
import { CLOCK, LOGGER, OUTPUT_STORE, TASK_STORE, WAKEUPS, WORKER_REGISTRY } from '../injection-tokens.js';
import { TaskMetrics } from '../metrics/task-metrics.js';
import { Shutdown } from '../shutdown.js';
import type { OutputStore, PrintedOutput } from '../storage/output-store.js';
import type { HandOut, News, Poll, Report, ReportVerdict, TaskStore, Wanted } from '../storage/task-store.js';
import type { WorkerRegistry } from '../storage/worker-registry.js';
import type { Topic, Wakeups } from '../wakeups/wakeups.js';
import { Presence } from './presence.js';

/** How a poll wants to be treated, beside what it says of its worker. */
export interface PollTerms {
  wait: number;
  /** It is the worker's last: it goes. */
  farewell: boolean;
}

@Injectable()
export class WorkersService implements OnModuleInit {
  constructor(
    @Inject(TASK_STORE) private readonly store: TaskStore,
    @Inject(OUTPUT_STORE) private readonly printed: OutputStore,
    @Inject(WORKER_REGISTRY) private readonly registry: WorkerRegistry,
    @Inject(WAKEUPS) private readonly wakeups: Wakeups,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly presence: Presence,
    private readonly shutdown: Shutdown,
    private readonly metrics: TaskMetrics,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.store.resumeLeases(this.clock.now());
    for (const { name } of await this.registry.online()) this.presence.expect(name);
  }

  /** One task for a worker that knows nothing but this, or null when the wait ends without one. */
  async claimOne(claimant: SimpleClaimant, wait: number, call: Call): Promise<HandedTask | null> {
    const { ended } = this.presence.open(claimant.workerName ?? '(unnamed)', { exclusive: false });
    try {
      const wanted = { kinds: TASK_TYPES, name: claimant.workerName, tags: [] };
      const look = async () => {
        if (!(await this.store.hasReady(wanted))) return null;
        const handOut = await this.store.claim(claimant, call.actor, this.clock.now());
        return handOut && this.delivered([handOut], call);
      };
      const signals = [call.gone, this.shutdown.signal];
      const [handOut] = (await longPoll(this.wakeups, { topics: readyTopics(wanted), look, wait, signals })) ?? [];
      return handOut ? toHanded(handOut) : null;
    } finally {
      ended();
    }
  }

  /** Settles what the worker holds, and answers as soon as there is something to say. */
  async poll(poll: Poll, { wait, farewell }: PollTerms, call: Call): Promise<PollAnswer> {
    const { workerName: name, seq } = poll.claimant;
    const exchange = await this.store.exchange(poll, call.actor, this.clock.now());
    if (exchange.kind === 'superseded') {
      throw new ApiError('worker_superseded', `a newer start of the worker ${name} is known to the server`);
    }
    if (exchange.kind === 'name_in_use') {
      throw new ApiError('worker_name_in_use', `another worker named ${name} is online; set WORKER_NAME`);
    }
    if (exchange.kind === 'late') return answer(seq, [], { handOuts: [], cancel: [], drain: false });

    const { overtaken, ended } = this.presence.open(name, { exclusive: true });
    try {
      const { stale, cancel, drain } = exchange;
      const handOuts = (await this.delivered(exchange.handOuts, call)) ?? [];
      const found = { handOuts, cancel, drain };
      // A drain that was lifted between two polls is news as well, which a worker that drains by itself must not be told.
      const lifted = this.presence.tellDrain(name, drain) && !drain;
      const news = (drain && !poll.draining) || (lifted && poll.draining);
      if (handOuts.length + stale.length + cancel.length > 0 || news) return answer(seq, stale, found);
      if (farewell) await this.farewell(name, call);
      const told = farewell ? found : ((await this.hold(poll, drain, wait, call, overtaken)) ?? found);
      if (!farewell) this.presence.tellDrain(name, told.drain);
      return answer(seq, [], told);
    } finally {
      ended();
    }
  }

  /** Keeps what an attempt has printed. Throws `output_gap`, and what a report is refused with. */
  async output(printed: PrintedOutput): Promise<OutputReceipt> {
    const verdict = await this.printed.append(printed, this.clock.now());
    if (verdict.taken) return { next: verdict.next };
    if (verdict.refusal !== 'gap') throw refusedReport(printed.taskId, verdict.refusal);
    const { next } = verdict;
    throw new ApiError('output_gap', `chunk ${next} is expected next`, { members: { next } });
  }

  async report(report: Report, call: Call): Promise<ReportAnswer> {
    const now = this.clock.now();
    const verdict = await this.store.report(report, call.actor, now);
    if (!verdict.taken) throw refusedReport(report.taskId, verdict.refusal);
    const { taskId, attempt, result } = report;
    const ref = { taskId, attempt, actor: call.actor.name, requestId: call.actor.requestId };
    this.logger.debug({ ...ref, outcome: result.outcome, repeated: verdict.repeated }, 'task reported');
    const ran = result.duration ?? now.wall - (verdict.startedAt ?? now.wall);
    if (!verdict.repeated) this.metrics.reported(verdict.type, result.outcome, ran);
    return { success: true };
  }

  /** Workers that have been silent for a lease are offline. */
  @Interval(1000)
  async dropSilent(): Promise<void> {
    for (const name of this.presence.dropSilent()) {
      try {
        await this.registry.markOffline(name, SYSTEM, this.clock.now());
      } catch (err) {
        this.presence.expect(name);
        this.logger.error({ err, worker: name }, 'could not mark a silent worker as offline; trying again later');
      }
    }
  }

  /**
   * Holds the poll until there is something to tell that `exchange` did not: a task, a cancel, another word on draining, or
   * nothing but that the worker is to ask again.
   */
  private hold(poll: Poll, drain: boolean, wait: number, call: Call, overtaken: AbortSignal): Promise<News | null> {
    const { claimant, kinds, description, max } = poll;
    const wanted = { kinds, name: claimant.workerName, tags: description.tags };
    // A poll that takes nothing must not be woken in the place of one that does.
    const ready = max === 0 || drain ? [] : readyTopics(wanted);
    const look = async () => {
      if (!(await this.store.hasNews(poll, drain))) return null;
      const news = await this.store.news(poll, call.actor, this.clock.now());
      // What this one was woken for and may not have is for the next in line: a newer poll may take nothing.
      if (news === null || news.askAgain) for (const topic of ready) this.wakeups.notifyOne(topic);
      if (news === null) return null;
      const handOuts = (await this.delivered(news.handOuts, call)) ?? [];
      const anything = handOuts.length + news.cancel.length > 0 || news.drain !== drain || news.askAgain;
      return anything ? { ...news, handOuts } : null;
    };
    const signals = [call.gone, overtaken, this.shutdown.signal];
    const topics: Topic[] = [...ready, `worker:${claimant.workerName}`];
    return longPoll(this.wakeups, { topics, look, wait, signals });
  }

  /** The hand-outs, if any, unless the caller left while they were made: then they are undone. */
  private async delivered(handOuts: HandOut[], call: Call): Promise<HandOut[] | null> {
    if (handOuts.length === 0) return null;
    if (!call.gone.aborted) {
      for (const handOut of handOuts) this.noteHandOut(handOut, call);
      return handOuts;
    }
    for (const handOut of handOuts) {
      await this.store.release(handOut, call.actor, this.clock.now());
    }
    return null;
  }

  private noteHandOut({ id, attempt, type, waitingSince }: HandOut, { actor }: Call): void {
    this.metrics.handedOut(this.clock.now().wall - waitingSince);
    this.logger.debug({ taskId: id, attempt, type, actor: actor.name, requestId: actor.requestId }, 'task handed out');
  }

  private async farewell(name: string, call: Call): Promise<void> {
    await this.registry.markOffline(name, call.actor, this.clock.now());
    this.presence.leave(name);
  }
}

/** What wakes a worker that can take this: any task of its kinds, or one for its name or one of its tags. */
function readyTopics({ kinds, name, tags }: Wanted): Topic[] {
  const own: Topic[] = name === null ? [] : [`ready@${name}`];
  return [...kinds.map((type): Topic => `ready:${type}`), ...own, ...tags.map((tag): Topic => `ready#${tag}`)];
}

/** How long a poll is held: as it asks, but a worker that holds something must renew its leases in time. */
export function holdOf(asked: number | undefined, holdsSomething: boolean): number {
  const cap = holdsSomething ? LIMITS.pollWait.whileRunning : LIMITS.pollWait.max;
  return Math.min(asked ?? LIMITS.pollWait.default, cap);
}

function answer(seq: number, stale: PollAnswer['stale'], { handOuts, cancel, drain }: News): PollAnswer {
  return { seq, tasks: handOuts.map(toHanded), cancel, stale, drain };
}

function toHanded({ id, type, attempt, timeout, input }: HandOut): HandedTask {
  const env = input.variables ? { env: input.variables } : {};
  return { ...input.shown, ...input.bulky, ...env, id, type, attempt, timeout } as HandedTask;
}

function refusedReport(taskId: string, refusal: (ReportVerdict & { taken: false })['refusal']): ApiError {
  switch (refusal) {
    case 'unknown':
      return new ApiError('task_not_found', `there is no task ${taskId}`);
    case 'not_claimant':
      return new ApiError('not_claimant', ERRORS.not_claimant.title);
    default:
      return new ApiError('stale_attempt', `task ${taskId} takes nothing more of this attempt`);
  }
}
