import 'reflect-metadata';
import { createLogger } from '#logging';
import type { ClaimLoop } from './claim-loop.js';
import { loadConfig } from './config.js';
import { terminalGuard } from './lost-terminal.js';
import { realPacing } from './pacing.js';
import { resolveLoginShell } from './process/login-shell.js';
import { killHeldTrees } from './process/process-tree.js';
import { onStopRequests } from './stop-requests.js';
import { messageOf } from './system-error.js';
import { watchForWakes } from './wake-watch.js';

/** How long the user's profile scripts may take to tell the PATH, in milliseconds. */
const LOGIN_TIMEOUT = 10_000;

/** Runs the worker to its end; answers the exit code. Rejects when it cannot start. */
async function main(env: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(env);
  const logger = createLogger('worker', config.logLevel, { secrets: [config.token] });
  const die = (error: unknown): never => {
    // What has finished is in the spool: the supervisor's next start delivers it.
    logger.fatal({ err: error }, 'the worker failed and ends');
    process.exit(1);
  };
  process.on('uncaughtException', die).on('unhandledRejection', die);

  let loop: ClaimLoop | undefined;
  let stopping = false;
  // Before the one that logs the request.
  process.on('SIGHUP', terminalGuard());
  onStopRequests(process, {
    first: () => {
      stopping = true;
      logger.info(`stopping: no new tasks; ends when those that run have ended (${loop?.runningCount ?? 0})`);
      loop?.drain();
    },
    second: () => {
      logger.warn('asked to stop again: running tasks are cancelled');
      loop?.cancelAll('cancelled: the worker was stopped');
    },
    third: () => {
      logger.warn('asked to stop a third time: running tasks are killed, exits at once');
      killHeldTrees();
      process.exit(1);
    },
  });

  for (const warning of config.warnings) logger.warn(warning);
  // Loaded beside the login shell: the user's profile may take as long to run as all of this to load.
  const [shell, { NestFactory }, { WorkerModule }, claiming, { HttpClient }] = await Promise.all([
    resolveLoginShell({ configured: config.shell, timeoutMs: LOGIN_TIMEOUT, env }),
    import('@nestjs/core'),
    import('./worker.module.js'),
    import('./claim-loop.js'),
    import('./server/http-client.js'),
  ]);
  if (shell.warning !== null) logger.warn(shell.warning);
  const module = WorkerModule.for({ config, shell, logger });
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  const claimLoop = app.get(claiming.ClaimLoop);
  loop = claimLoop;
  const { url, kinds, maxConcurrent } = config;
  logger.info({ url, kinds, maxConcurrent }, `worker ${config.name} started`);
  if (stopping) claimLoop.drain();
  const over = new AbortController();
  const onWake = (away: number): void => {
    logger.info(`awake again after ${Math.round(away / 1000)} s: asks the server anew`);
    void app.get(HttpClient).reconnect();
    claimLoop.wake();
  };
  void watchForWakes(realPacing, onWake, over.signal);
  const end = await claimLoop.run();
  over.abort();
  await app.close();
  logger.info(`worker ${config.name} stopped`);
  return end === 'superseded' ? 1 : 0;
}

main(process.env).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`The worker cannot start:\n${messageOf(error)}`);
    process.exit(1);
  },
);
