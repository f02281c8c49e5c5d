import { constants } from 'node:os';
import type { TaskRecord } from '#contracts';

/** What `ocw` itself ends with; a command that ran ends with its own code. */
export const EXIT = {
  ok: 0,
  /** It was asked for something that does not make sense. */
  usage: 2,
  /** The server refused, or cannot be reached. */
  failed: 1,
  /** Nobody knows how the command ended: its worker vanished, or nobody took it. */
  lost: 125,
  /** It took longer than its time-out. */
  timedOut: 124,
  /** Ended because somebody wanted it to, as by Ctrl-C. */
  cancelled: 130,
} as const;

/** The exit code that stands for how a task ended. */
export function exitCodeOf({ status, exitCode, signal }: TaskRecord): number {
  switch (status) {
    case 'completed':
    case 'failed':
      if (exitCode !== null) return exitCode;
      return signal === null ? EXIT.failed : codeOfSignal(signal);
    case 'timed_out':
      return EXIT.timedOut;
    case 'cancelled':
      return EXIT.cancelled;
    default:
      return EXIT.lost;
  }
}

/** As shells have it for a process that a signal has ended. */
export const codeOfSignal = (signal: string): number => 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
