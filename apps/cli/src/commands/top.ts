import { setTimeout as sleep } from 'node:timers/promises';
import { OpenClawClient } from '#client';
import { EXIT } from '../exit-codes.js';
import { LiveScreen } from '../live-screen.js';
import { problemOf } from '../problem.js';
import { type CommonOptions, openSession, printJson, type Session } from '../session.js';
import type { Terminal } from '../terminal.js';
import { type Overview, overviewLines } from '../top-view.js';

const PAGE = 200;
const ENDED = 50;
/** All times in milliseconds. What changes is shown at most so often. */
const SETTLE_MS = 200;
/** Elapsed times go on by the second. */
const REDRAW_MS = 1000;
/** How old what is shown may become when no event tells of a change: where a proxy holds the events back, for one. */
const REREAD_MS = 5000;
/** The same where there are no events at all. */
const POLL_MS = 1000;

/** What runs, waits and has ended, live until `q`; printed once where that is no terminal, or as JSON. */
export async function top(terminal: Terminal, options: CommonOptions): Promise<number> {
  const opened = openSession(terminal, options);
  // An outage is shown, not waited for.
  const session = { ...opened, client: new OpenClawClient({ ...opened.profile, retryFor: 0 }) };
  if (session.json || !terminal.stdout.isTTY || !terminal.stdin.isTTY) {
    const overview = await read(session.client);
    if (session.json) printJson(terminal, overview);
    else terminal.stdout.write(`${linesOf(session, overview, Number.POSITIVE_INFINITY, null).join('\n')}\n`);
    return EXIT.ok;
  }
  // What is wrong with address or token is told on the screen that stays.
  await new LiveOverview(session, await read(session.client)).run();
  return EXIT.ok;
}

const linesOf = ({ terminal, profile }: Session, overview: Overview, rows: number, problem: string | null) =>
  overviewLines(terminal, overview, { url: profile.url, rows, problem });

async function read({ tasks, workers }: OpenClawClient, signal?: AbortSignal): Promise<Overview> {
  const [running, waiting, newest, all] = await Promise.all([
    tasks.list({ status: 'running' }, { limit: PAGE, signal }),
    tasks.list({ status: 'pending' }, { limit: PAGE, signal }),
    tasks.list({}, { limit: ENDED, signal }),
    workers.list({ signal }),
  ]);
  const ended = newest.items.filter(({ completedAt }) => completedAt !== null);
  return { running: running.items, waiting: waiting.items, ended, workers: all };
}

/** Read anew when an event tells of a change or has not for a while, drawn every second and for every size of the terminal. */
class LiveOverview {
  private readonly screen: LiveScreen;
  private problem: string | null = null;
  private rereadMs = REREAD_MS;
  private changed = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly session: Session,
    private overview: Overview,
  ) {
    this.screen = new LiveScreen(session.terminal, () => this.draw());
  }

  async run(): Promise<void> {
    const { ended } = this.screen;
    const redraw = setInterval(() => this.draw(), REDRAW_MS);
    ended.addEventListener('abort', () => this.wake(), { once: true });
    try {
      this.draw();
      const listening = this.listen(ended);
      while (!ended.aborted) {
        await this.nextChange(this.rereadMs);
        await this.reread(ended);
        this.draw();
        await sleep(SETTLE_MS, undefined, { signal: ended }).catch(() => undefined);
      }
      await listening;
    } finally {
      clearInterval(redraw);
      this.screen.close();
    }
  }

  private async listen(signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of this.session.client.events({}, { signal })) {
        this.changed = true;
        this.wake();
      }
    } catch {
      // A server without events, or a token that is not good for them: asking again and again has to do.
      if (!signal.aborted) this.rereadMs = POLL_MS;
    }
  }

  /** Resolves when something has changed since the last time, or after `ms`. */
  private async nextChange(ms: number): Promise<void> {
    if (!this.changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.changed = false;
  }

  private async reread(signal: AbortSignal): Promise<void> {
    try {
      this.overview = await read(this.session.client, signal);
      this.problem = null;
    } catch (error) {
      // What was seen last stays on the screen until the server is back.
      this.problem = problemOf(error)?.message ?? String(error);
    }
  }

  private draw(): void {
    if (this.screen.ended.aborted) return;
    this.screen.draw(linesOf(this.session, this.overview, this.screen.size.rows, this.problem));
  }
}
