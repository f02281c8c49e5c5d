import { type Logger, pino, stdSerializers } from 'pino';

export type { Logger } from 'pino';

// Loaded only where a person reads: it is a large part of what the worker would otherwise hold in memory.
const pretty = process.stdout.isTTY ? (await import('pino-pretty')).default : null;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Logs to standard output: lines for a person on a terminal, one JSON object a line for anything else. */
export function createLogger(name: string, level: LogLevel): Logger {
  const options = { name, level, serializers: { err: stdSerializers.err }, redact: ['*.token', 'token'] };
  // In step: a process that ends would otherwise try for ever to flush to a reader that has gone.
  if (pretty === null) return pino(options, pino.destination({ dest: 1, sync: true }));
  return pino(options, pretty({ colorize: !process.env.NO_COLOR, ignore: 'pid,hostname,name', sync: true }));
}
