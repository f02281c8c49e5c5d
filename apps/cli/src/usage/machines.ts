import type { Command } from 'commander';
import { server, worker } from '../commands/programs.js';
import { installWorker, uninstallWorker } from '../commands/worker-service.js';
import { drain, resume, workers } from '../commands/workers.js';
import { collect, type Usage } from './usage.js';

/** The commands for workers, and for the programs themselves. */
export function machines({ terminal, ended, add }: Usage): void {
  add('workers', 'the machines that take tasks', ['ocw workers']).action(async (options) =>
    ended(await workers(terminal, options)),
  );
  add('drain <worker>', 'let it finish what it has, and take nothing new', ['ocw drain mac']).action(
    async (name, options) => ended(await drain(terminal, name, options)),
  );
  add('resume <worker>', 'let it take tasks again', ['ocw resume mac']).action(async (name, options) =>
    ended(await resume(terminal, name, options)),
  );
  const group = add('worker', 'start a worker on this machine; Ctrl-C ends it', [
    'ocw worker',
    'WORKER_NAME=mac ocw worker',
    'ocw worker install',
  ]).action(async (options) => ended(await worker(terminal, options)));
  supervised(
    add(
      'install',
      'have a worker started with this machine, by its systemd, launchd or pm2',
      ['ocw worker install --name mac', 'WORKER_URL=https://tasks.example.org WORKER_TOKEN=… ocw worker install --pm2'],
      group,
    ),
  )
    .option('--name <name>', 'what the worker is called (default: the name of this machine)')
    .option('-t, --tag <tag>', 'a tag that it carries; may be repeated', collect)
    .action(async (options) => ended(await installWorker(terminal, options)));
  supervised(add('uninstall', 'take that away again', ['ocw worker uninstall'], group)).action(async (options) =>
    ended(await uninstallWorker(terminal, options)),
  );
  add('server', 'start the server, with the settings of the environment; Ctrl-C ends it', [
    'WORKER_TOKEN=$(openssl rand -base64 32) ocw server',
  ]).action(async () => ended(await server(terminal)));
}

const supervised = (command: Command) =>
  command
    .option('--systemd', "by the user's systemd (Linux)")
    .option('--launchd', 'by launchd (macOS)')
    .option('--pm2', 'by pm2');
