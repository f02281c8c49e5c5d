import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { call, type Place, putFile, removeFile, type Supervisor, succeeds } from './supervisor.js';

const UNIT = 'openclaw-worker.service';

/** The user's own systemd, on Linux. */
export const systemd: Supervisor = {
  name: 'systemd',

  missing({ env }) {
    if (!succeeds('systemctl', ['--version'], env)) return 'systemctl is not here';
    if (succeeds('systemctl', ['--user', 'show-environment'], env)) return null;
    return 'systemctl --user reaches no systemd of yours: log in as this user itself, not by su or sudo';
  },

  file: unitPath,

  install(place, changed) {
    const { env } = place;
    const written = putFile(unitPath(place), unitText(place), 0o644);
    const ran = succeeds('systemctl', ['--user', 'is-active', '--quiet', UNIT], env);
    call('systemctl', ['--user', 'daemon-reload'], env);
    call('systemctl', ['--user', 'enable', '--now', UNIT], env);
    const restarts = ran && (written || changed);
    // It waits for the tasks that run, which may take hours.
    if (restarts) call('systemctl', ['--user', 'restart', '--no-block', UNIT], env);
    return {
      done: restarts
        ? 'systemd starts it anew as soon as its tasks have ended.'
        : `It ${ran ? 'runs already' : 'was started'} under systemd, and starts when you log in.`,
      hints: {
        logs: 'journalctl --user -u openclaw-worker -f',
        status: 'systemctl --user status openclaw-worker',
        ...(lingers(env) ? {} : { 'keep it over a log-out, and start it with the machine': 'loginctl enable-linger' }),
      },
    };
  },

  uninstall(place) {
    const known = isKnown(place);
    // Waited for: without its unit, what still runs would be killed by the defaults of systemd.
    if (known) call('systemctl', ['--user', 'disable', '--now', UNIT], place.env);
    removeFile(unitPath(place));
    if (known) call('systemctl', ['--user', 'daemon-reload'], place.env);
    return known;
  },
};

/** Whether this user's systemd runs without a session of the user. A user whom logind does not know has none. */
function lingers(env: NodeJS.ProcessEnv): boolean {
  const question = ['show-user', '--property=Linger', '--value', userInfo().username];
  return succeeds('loginctl', question, env) && call('loginctl', question, env).trim() === 'yes';
}

const isKnown = ({ env }: Place) => succeeds('systemctl', ['--user', 'cat', UNIT], env);

function unitPath({ home, env }: Place): string {
  return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'systemd', 'user', UNIT);
}

/** The unit of deploy/, for where this package is. */
function unitText({ root }: Place): string {
  const unit = readFileSync(join(root, 'deploy', 'systemd', UNIT), 'utf8');
  // A space would end the word, and % begins a specifier.
  return unit.replaceAll('/opt/openclaw-worker', root.replaceAll('%', '%%').replaceAll(' ', '\\x20'));
}
