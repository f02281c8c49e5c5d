import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createLogger, type Logger } from '#logging';
import { growUnderLoad } from '#memory';
import { PACKAGE_FOLDER, VERSION } from '#version';
import { AuditHeads } from './audit/audit-heads.js';
import { type Config, ConfigError, loadConfig, secretsOf } from './config.js';
import { SYSTEM } from './domain/actor.js';
import { createServer } from './server.js';
import { ServiceManager } from './service-manager.js';
import { Shutdown } from './shutdown.js';
import type { AuditEvent } from './storage/audit-event.js';
import { UnusableDatabase } from './storage/errors.js';
import { openDatabase } from './storage/sqlite/database.js';
import { SqliteStorage } from './storage/sqlite/sqlite-storage.js';
import { SystemClock } from './system-clock.js';
import { announceTo } from './wakeups/announce.js';
import { InProcessWakeups } from './wakeups/in-process-wakeups.js';
import { composeMessage } from './webhooks/webhook-message.js';

/** Beside this program in the build. */
const WEB_FOLDER = join(PACKAGE_FOLDER, 'dist/apps/web');
/** npm passes a Ctrl-C on to a process that the terminal has sent it to already. Milliseconds. */
const SAME_KEY_PRESS = 250;

try {
  const config = loadConfig(process.env);
  await run(config, createLogger('api', config.logLevel, { secrets: secretsOf(config) }));
} catch (error) {
  // What the operator can mend is told plainly; a stack is for bugs.
  const known = error instanceof ConfigError || error instanceof UnusableDatabase || isListenError(error);
  console.error(known ? (error as Error).message : error);
  process.exit(1);
}

async function run(config: Config, logger: Logger): Promise<void> {
  for (const warning of config.warnings) logger.warn(warning);
  const crash = (err: unknown) => {
    logger.fatal({ err }, 'the server failed and ends; what it has acknowledged is kept');
    process.exit(1);
  };
  process.on('uncaughtException', crash).on('unhandledRejection', crash);
  const clock = new SystemClock();
  const shutdown = new Shutdown();
  const database = openDatabase(config.databasePath);
  if (database.migrationBackup) logger.info(`schema updated; the database before it is ${database.migrationBackup}`);
  const wakeups = new InProcessWakeups();
  const storage = new SqliteStorage(database, config, announceTo(wakeups), composeMessage);
  const app = await createServer({ config, storage, wakeups, clock, logger, shutdown }, WEB_FOLDER);
  await app.listen(config.port, config.host);
  await storage.audit.record(serverEvent('server.started', { version: VERSION }), SYSTEM, clock.now());
  const heads = app.get(AuditHeads);
  await heads.sign();
  const { address, port } = app.getHttpServer().address() as AddressInfo;
  logger.info(`listening on http://${address.includes(':') ? `[${address}]` : address}:${port}`);
  growUnderLoad();
  const serviceManager = ServiceManager.from(process.env, logger);

  let asked = Number.NEGATIVE_INFINITY;
  const stop = async (reason: string) => {
    const now = performance.now();
    const repeated = now - asked < SAME_KEY_PRESS;
    asked = now;
    if (repeated) return;
    if (shutdown.begun) {
      logger.warn(`${reason} again: ends at once; what was acknowledged is kept`);
      process.exit(1);
    }
    logger.info(`stopping: ${reason}`);
    shutdown.begin();
    void serviceManager.stopping();
    const overdue = setTimeout(() => {
      logger.warn('not every answer was read in time; ending the connections');
      app.getHttpServer().closeAllConnections();
    }, config.shutdownGraceMs);
    // A worker that has been answered asks again on the same connection, which would then never end.
    const idle = setInterval(() => app.getHttpServer().closeIdleConnections(), 20);
    await app.close();
    clearInterval(idle);
    clearTimeout(overdue);
    await storage.audit
      .record(serverEvent('server.stopped', { reason }), SYSTEM, clock.now())
      .catch((error: Error) => logger.error(`the stop is not in the audit: ${error.message}`));
    await heads.sign();
    storage.close();
    logger.info('stopped');
    process.exitCode = 0;
    if (process.connected) process.disconnect();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
  // A launcher that holds the other end of an IPC channel has died: nobody is left to stop this process.
  if (process.connected) process.on('disconnect', () => void stop('the launcher has gone'));
  // The start is in the audit, so the storage has answered.
  await serviceManager.ready(() => storage.tasks.probe());
}

function serverEvent(action: AuditEvent['action'], detail: Record<string, unknown>): AuditEvent {
  return { action, target: null, taskId: null, outcome: 'success', detail };
}

function isListenError(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'listen' || syscall === 'getaddrinfo';
}
