/** The variables that configure the worker and the server. No process of a task sees any of them. */
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
  'DATABASE_URL',
  'RATE_LIMIT_PER_MINUTE',
  'AUTH_FAILURES_PER_MINUTE',
  'MAX_BODY_BYTES',
  'MAX_PENDING',
  'RETENTION_DAYS',
  'AUDIT_RETENTION_DAYS',
  'TRUST_PROXY',
  'SHUTDOWN_GRACE_MS',
] as const;

/** The variables that a task's process may see. */
export function withoutWorkerSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const settings = new Set<string>(WORKER_SETTINGS);
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && !settings.has(name));
  return Object.fromEntries(kept) as Record<string, string>;
}
