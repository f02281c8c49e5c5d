/**
 * The variables that configure the worker, and no process of a task sees; `WORKER_PORT` is the server's, of the same kin.
 * Others of the server, such as `DATABASE_URL`, may well be the user's own.
 */
export const WORKER_SETTINGS = [
  'WORKER_TOKEN',
  'WORKER_URL',
  'WORKER_NAME',
  'WORKER_TAGS',
  'WORKER_KINDS',
  'WORKER_SHELL',
  'MAX_CONCURRENT',
  'LONG_POLL_WAIT',
  'POLL_INTERVAL',
  'MAX_OUTPUT_BYTES',
  'SPOOL_DIR',
  'LOG_LEVEL',
  'WORKER_PORT',
] as const;

/** The variables that a task's process may see. */
export function withoutWorkerSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const settings = new Set<string>(WORKER_SETTINGS);
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && !settings.has(name));
  return Object.fromEntries(kept) as Record<string, string>;
}
