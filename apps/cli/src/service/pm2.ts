import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { call, type Place, type Supervisor, succeeds } from './supervisor.js';

const NAME = 'openclaw-worker';

/** pm2, wherever it is installed. */
export const pm2: Supervisor = {
  name: 'pm2',

  missing: ({ env }) =>
    succeeds('pm2', ['--version'], env) ? null : 'pm2 is not on the PATH: npm install --global pm2',

  file: () => null,

  install(place, changed) {
    const { env, home, root } = place;
    mkdirSync(join(home, '.openclaw-worker', 'logs'), { recursive: true, mode: 0o700 });
    const ran = isRunning(place);
    if (!ran) call('pm2', ['start', join(root, 'deploy', 'pm2', 'ecosystem.config.cjs'), '--only', NAME], env);
    call('pm2', ['save'], env);
    return {
      done: ran ? 'pm2 runs it already.' : 'pm2 has started it.',
      hints: {
        ...(ran && changed ? { 'put the new settings to use, once its tasks have ended': `pm2 reload ${NAME}` } : {}),
        logs: `pm2 logs ${NAME}`,
        status: `pm2 describe ${NAME}`,
        'start pm2 with the machine': 'pm2 startup',
      },
    };
  },

  uninstall({ env }) {
    if (!succeeds('pm2', ['describe', NAME], env)) return false;
    call('pm2', ['delete', NAME], env);
    call('pm2', ['save', '--force'], env);
    return true;
  },
};

/** pm2 answers 0, or nothing, for what it does not run. */
const isRunning = ({ env }: Place) => /^[1-9]\d*$/m.test(call('pm2', ['pid', NAME], env).trim());
