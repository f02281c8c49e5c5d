import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from '#logging';

/** Hands one message, such as `READY=1`, to the service manager. */
export type Notify = (state: string) => Promise<void>;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Tells systemd that the server is ready, alive and stopping, where systemd asked for it (`Type=notify`); silent
 * elsewhere. A message that cannot be delivered is logged: systemd then acts on the silence.
 */
export class ServiceManager {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  private constructor(
    private readonly notify: Notify | undefined,
    /** How often to show a sign of life, in milliseconds; null when none is asked for. */
    private readonly period: number | null,
    private readonly logger: Logger,
  ) {}

  static from(env: Environment, logger: Logger, notify = notifySystemd(env)): ServiceManager {
    return new ServiceManager(env.NOTIFY_SOCKET ? notify : undefined, watchdogPeriod(env), logger);
  }

  /** Says that the server answers, then shows signs of life for as long as `probe` resolves. */
  async ready(probe: () => Promise<void>): Promise<void> {
    if (!this.notify || this.stopped) return;
    await this.tell('READY=1');
    if (this.period !== null) this.next(this.period, probe);
  }

  /** Says that the server is stopping; no sign of life is owed any more. */
  async stopping(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.tell('STOPPING=1');
  }

  private next(period: number, probe: () => Promise<void>): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.showLife(probe).then(() => this.next(period, probe)), period);
    this.timer.unref();
  }

  private async showLife(probe: () => Promise<void>): Promise<void> {
    try {
      await probe();
    } catch (err) {
      this.logger.error({ err }, 'the storage does not answer; systemd starts the server anew when that lasts');
      return;
    }
    if (!this.stopped) await this.tell('WATCHDOG=1');
  }

  private async tell(state: string): Promise<void> {
    await this.notify?.(state).catch((err: unknown) => this.logger.error({ err }, `systemd was not told ${state}`));
  }
}

/** A third of the time that systemd waits, so that one slow answer does not count as death. */
function watchdogPeriod({ WATCHDOG_USEC, WATCHDOG_PID }: Environment): number | null {
  const microseconds = Number(WATCHDOG_USEC);
  // The variables are inherited: they may be meant for a process that started this one.
  const meant = WATCHDOG_PID === undefined || WATCHDOG_PID === String(process.pid);
  return microseconds > 0 && meant ? microseconds / 3000 : null;
}

/** Node has no datagram sockets of the local kind, so systemd's own program speaks for it. */
function notifySystemd({ PATH, NOTIFY_SOCKET }: Environment): Notify {
  // No other variable: the settings of the server hold its token.
  const env = { PATH, NOTIFY_SOCKET };
  return async (state) => {
    await promisify(execFile)('systemd-notify', [state], { env, timeout: 10_000 });
  };
}
