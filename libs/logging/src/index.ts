import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import { scrubber } from './redaction.js';

export type { Logger } from 'pino';

// Loaded only where a person reads: it is a large part of what the worker would otherwise hold in memory.
const pretty = process.stdout.isTTY ? (await import('pino-pretty')).default : null;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  /** What no line may show, beside what looks like a token and fields that hold what is nobody's business. */
  secrets?: readonly string[];
  /** Where lines go instead of standard output: one JSON object each. */
  destination?: DestinationStream;
}

/** Logs to standard output: lines for a person on a terminal, one JSON object a line for anything else. */
export function createLogger(name: string, level: LogLevel, { secrets = [], destination }: LogOptions = {}): Logger {
  // The finished line is what is cleaned: nothing that adds to it on its way gets around that.
  const options = { name, level, serializers: { err: stdSerializers.err }, hooks: { streamWrite: scrubber(secrets) } };
  return pino(options, destination ?? standardOutput());
}

/** In step: a process that ends would otherwise try for ever to flush to a reader that has gone. */
function standardOutput(): DestinationStream {
  if (pretty === null) return pino.destination({ dest: 1, sync: true });
  return pretty({ colorize: !process.env.NO_COLOR, ignore: 'pid,hostname,name', sync: true });
}
