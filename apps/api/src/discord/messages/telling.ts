import { setTimeout as delay } from 'node:timers/promises';
import type { TaskRecord } from '#contracts';
import { DiscordFailure, type SentFile } from '#discord';
import type { Logger } from '#logging';
import type { Clock } from '../../domain/clock.js';
import { isFinal, type TaskStatus } from '../../domain/task.js';
import type { ArtifactsService } from '../../files/artifacts.service.js';
import { longPoll } from '../../http/long-poll.js';
import type { Shutdown } from '../../shutdown.js';
import type { DiscordMessageStore, PendingMessage } from '../../storage/discord-message-store.js';
import type { OutputStore } from '../../storage/output-store.js';
import type { TaskStore } from '../../storage/task-store.js';
import type { Wakeups } from '../../wakeups/wakeups.js';
import { type DiscordApi, type Fate, fateOf } from './discord-api.js';
import { filesFor } from './message-files.js';
import { NO_MENTIONS } from './message-text.js';
import { growing, type Pauses, rest } from './pauses.js';
import { endMessage, heading, type MessageBody, progressMessage } from './task-message.js';
import { printedInAll, printedLast } from './task-output.js';

export interface TellingParts {
  api: DiscordApi;
  messages: DiscordMessageStore;
  store: TaskStore;
  output: OutputStore;
  artifacts: ArtifactsService;
  /** The record of a task; null when it is gone. */
  record(id: string): Promise<TaskRecord | null>;
  wakeups: Wakeups;
  shutdown: Shutdown;
  clock: Clock;
  /** Between attempts of what has failed. */
  pauses: Pauses;
  logger: Logger;
}

/** A message is edited at most so often while output streams. */
const EDIT_EVERY_MS = 2000;
/** A task that prints nothing is told of after so long. */
const QUIET_MS = 1500;
/** An interaction's token is given up so long before its time is over. */
const TOKEN_MARGIN_MS = 15_000;
/** Our answer to an interaction may reach Discord after what follows it: so often that is tried again, ever more slowly. */
const EARLY_TRIES = 6;
const EARLY_PAUSE_MS = 100;
/** What Discord has not taken for so long is given up. */
const GIVE_UP_MS = 86_400_000;
/** How long one wait is, when there is nothing to wait for but the task: less than what timers can count. */
const LONG_MS = 3_600_000;

const GOES_ON = '-# It goes on; its result comes as a message of its own.';
const GOES_ON_UNTOLD = '-# It goes on; `/status` tells how it ended.';
const FILES_FAILED = '-# Its files could not be sent: see `ocw show` or the page.';

/** One message to Discord on its way: what a task prints, how it ends. */
export class Telling {
  private token: { token: string; expiresAt: number } | null;
  /** Whether Discord has taken anything under the token: then it knows of it. */
  private known = false;

  constructor(
    private readonly message: PendingMessage,
    private readonly parts: TellingParts,
  ) {
    this.token = message.interaction;
  }

  /** Resolves when Discord was told all, or cannot be; false when the server stops before that. */
  async tell(): Promise<boolean> {
    const { purpose, taskId } = this.message;
    if (purpose === 'progress' && (await this.follow()) === 'deleted') return true;
    const ended = purpose === 'output' || (await this.untilEnd(LONG_MS, true));
    if (!ended) return false;
    const record = await this.parts.record(taskId);
    if (!record) return this.deliver({ body: plain('This task was removed meanwhile.'), files: [] });
    return purpose === 'output' ? this.tellOutput(record) : this.tellEnd(record);
  }

  /** Tells what the task prints, until it ends, its message is deleted, or the token is over. */
  private async follow(): Promise<'ended' | 'deleted'> {
    const { taskId } = this.message;
    const { clock, shutdown, output } = this.parts;
    const began = clock.now().monotonic;
    let seen: Seen = { status: 'pending', after: 0 };
    for (let told = false; !shutdown.begun && this.token !== null; ) {
      const quiet = told ? LONG_MS : began + QUIET_MS - clock.now().monotonic;
      const news = await this.news(seen, Math.max(0, Math.min(quiet, this.tokenLeft())));
      if (shutdown.begun || news === 'ended') break;
      if (this.tokenLeft() <= 0) {
        await this.handOver();
        break;
      }
      if (news?.after === seen.after && !told && clock.now().monotonic < began + QUIET_MS) {
        seen = news;
        continue;
      }
      const { text, last } = await printedLast(output, taskId);
      const record = await this.parts.record(taskId);
      if (!record || record.completedAt !== null) break;
      seen = { status: record.status, after: last };
      if ((await this.show(progressMessage(record, text))) === 'deleted') return 'deleted';
      told = true;
      if (await this.untilEnd(EDIT_EVERY_MS)) break;
    }
    return 'ended';
  }

  /** What is new since `seen`; null when nothing is within `wait`. */
  private news(seen: Seen, wait: number): Promise<Seen | 'ended' | null> {
    const { taskId } = this.message;
    const { store, output } = this.parts;
    const look = async (): Promise<Seen | 'ended' | null> => {
      const status = await store.statusOf(taskId);
      if (status === null || isFinal(status)) return 'ended';
      const page = await output.page(taskId, seen.after, 1);
      const after = page?.chunks.at(-1)?.seq ?? seen.after;
      return status === seen.status && after === seen.after ? null : { status, after };
    };
    return this.held([`output:${taskId}`, `task:${taskId}`], look, wait);
  }

  /** Whether the task ends within `wait` ms; with `on`, however long that takes, unless the server stops. */
  private async untilEnd(wait: number, on = false): Promise<boolean> {
    const { taskId } = this.message;
    const look = async () => {
      const status = await this.parts.store.statusOf(taskId);
      return status === null || isFinal(status) ? true : null;
    };
    for (;;) {
      if (await this.held([`task:${taskId}`], look, wait)) return true;
      if (!on || this.parts.shutdown.begun) return false;
    }
  }

  private held<T>(topics: Parameters<Wakeups['subscribe']>[0], look: () => Promise<T | null>, wait: number) {
    const { wakeups, shutdown } = this.parts;
    return longPoll(wakeups, { topics, look, wait: Math.ceil(wait), signals: [shutdown.signal] });
  }

  /** The last that is told under the token: where to look from now on. */
  private async handOver(): Promise<void> {
    const { record, output, api } = this.parts;
    const task = await record(this.message.taskId);
    const { text } = await printedLast(output, this.message.taskId);
    if (task && task.completedAt === null)
      await this.show(progressMessage(task, text, api.canPost ? GOES_ON : GOES_ON_UNTOLD));
    await this.dropToken();
  }

  /** One state of a running task: the next one makes up for a failure. */
  private async show(body: MessageBody): Promise<Fate | null> {
    if (!this.token) return null;
    const fate = await this.edit(this.token.token, body, []);
    if (fate === 'token') await this.dropToken();
    return fate;
  }

  private async tellEnd(record: TaskRecord): Promise<boolean> {
    const { output, artifacts } = this.parts;
    const { fileBytes, taskId } = this.message;
    const printed = await printedInAll(output, record, fileBytes);
    const whole = endMessage(record, printed.text, []);
    const file = printed.file && (whole.cut || printed.text === '') ? [printed.file] : [];
    const { files, left } = await filesFor(artifacts, taskId, file, fileBytes);
    const notes = left.length === 0 ? [] : [`-# ${left.length} more of its files do not fit here.`];
    const bare = endMessage(record, printed.text, [FILES_FAILED]).body;
    return this.deliver({ body: endMessage(record, printed.text, notes).body, files, bare });
  }

  private async tellOutput(record: TaskRecord): Promise<boolean> {
    const { file } = await printedInAll(this.parts.output, record, this.message.fileBytes);
    const words = file ? '' : ': nothing was printed, or it is too large for Discord';
    const bare = plain(`${heading(record)}\n${FILES_FAILED}`);
    return this.deliver({ body: plain(heading(record) + words), files: file ? [file] : [], bare });
  }

  /** Tries until Discord takes it, or it is clear that it will not; false when the server stops before that. */
  private async deliver(outgoing: Outgoing): Promise<boolean> {
    const { clock, shutdown, pauses } = this.parts;
    const until = clock.now().monotonic + GIVE_UP_MS;
    const nextPause = growing(pauses);
    for (let failures = 0; !shutdown.begun; ) {
      const fate = await this.sendEitherWay(outgoing, failures > 0);
      if (fate === 'token') await this.dropToken();
      else if (fate !== 'passing' || clock.now().monotonic > until) return true;
      else {
        failures += 1;
        await rest(nextPause(), shutdown.signal);
      }
    }
    return false;
  }

  /**
   * With its files; without them when it is they that fail: too large for a slow uplink, or not what Discord takes. The first
   * failure may be that of a network, and while nothing gets through, they are not given up.
   */
  private async sendEitherWay({ body, files, bare }: Outgoing, failedBefore: boolean): Promise<Fate | null> {
    const send = this.way();
    if (!send) return 'refused';
    const fate = await send(body, files);
    const failed = fate === 'refused' || (fate === 'passing' && failedBefore);
    return failed && bare && files.length > 0 ? send(bare, []) : fate;
  }

  /** How it can be told now; null when there is nothing left to tell it by. */
  private way(): Send | null {
    const { api, logger } = this.parts;
    const { channelId, purpose, seq, taskId } = this.message;
    if (this.token && this.tokenLeft() > 0) {
      const { token } = this.token;
      return (body, files) => this.edit(token, body, files);
    }
    // It was for the eyes of one person alone.
    if (purpose === 'output') return null;
    if (api.canPost) return (body, files) => this.attempt(() => api.post(channelId, body, files, `task-${seq}`));
    logger.warn({ taskId }, 'Discord is not told how this task ended: that takes DISCORD_BOT_TOKEN after 15 minutes');
    return null;
  }

  private async edit(token: string, body: MessageBody, files: SentFile[]): Promise<Fate | null> {
    const { api, shutdown } = this.parts;
    for (let tries = 1; ; tries++) {
      const fate = await this.attempt(() => api.edit(token, body, files));
      if (fate === null) this.known = true;
      if (fate !== 'token' || this.known || tries === EARLY_TRIES || shutdown.begun) return fate;
      await delay(EARLY_PAUSE_MS * 2 ** (tries - 1), undefined, { ref: false });
    }
  }

  private async attempt(send: () => Promise<unknown>): Promise<Fate | null> {
    const { taskId, channelId, purpose } = this.message;
    try {
      await send();
      return null;
    } catch (error) {
      if (!(error instanceof DiscordFailure)) throw error;
      const fate = fateOf(error);
      const level = fate === 'refused' ? 'warn' : 'debug';
      this.parts.logger[level]({ taskId, channelId, purpose, fate }, `a message to Discord: ${error.message}`);
      return fate;
    }
  }

  private tokenLeft(): number {
    return (this.token?.expiresAt ?? 0) - TOKEN_MARGIN_MS - this.parts.clock.now().wall;
  }

  private async dropToken(): Promise<void> {
    this.token = null;
    await this.parts.messages.forgetToken(this.message.seq);
  }
}

/** What is told at the end. */
interface Outgoing {
  body: MessageBody;
  files: SentFile[];
  /** The same where no file comes with it. */
  bare?: MessageBody;
}

/** Answers null when Discord has taken it. */
type Send = (body: MessageBody, files: SentFile[]) => Promise<Fate | null>;

interface Seen {
  status: TaskStatus;
  after: number;
}

const plain = (content: string): MessageBody => ({
  content,
  components: [],
  allowed_mentions: NO_MENTIONS,
});
