import { mkdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { call, type Place, putFile, removeFile, type Supervisor, succeeds } from './supervisor.js';

const LABEL = 'org.openclaw.worker';

/** The agents of the user who is logged in, on a Mac. */
export const launchd: Supervisor = {
  name: 'launchd',

  missing: ({ env }) => (succeeds('launchctl', ['help'], env) ? null : 'launchctl is not here: this is no Mac'),

  file: agentPath,

  install(place, changed) {
    const { home, env } = place;
    const path = agentPath(place);
    // launchd makes no folders.
    mkdirSync(join(home, '.openclaw-worker', 'logs'), { recursive: true, mode: 0o700 });
    const written = putFile(path, agentText(place), 0o644);
    const loaded = isLoaded(env);
    if (loaded && (written || changed)) call('launchctl', ['bootout', target()], env);
    if (!loaded || written || changed) call('launchctl', ['bootstrap', domain(), path], env);
    return {
      done: `launchd ${loaded && !written && !changed ? 'runs it already' : 'has started it'}, and starts it when you log in.`,
      hints: {
        logs: 'tail -f ~/.openclaw-worker/logs/worker.log',
        status: `launchctl print ${target()}`,
        'keep the Mac awake while it is plugged in': 'sudo pmset -c sleep 0',
      },
    };
  },

  uninstall(place) {
    const loaded = isLoaded(place.env);
    if (loaded) call('launchctl', ['bootout', target()], place.env);
    return removeFile(agentPath(place)) || loaded;
  },
};

const domain = () => `gui/${userInfo().uid}`;
const target = () => `${domain()}/${LABEL}`;
const isLoaded = (env: NodeJS.ProcessEnv) => succeeds('launchctl', ['print', target()], env);

function agentPath({ home }: Place): string {
  return join(home, 'Library', 'LaunchAgents', `${LABEL}.plist`);
}

/** The agent of deploy/, for this user and where this package is. */
function agentText({ root, home }: Place): string {
  const agent = readFileSync(join(root, 'deploy', 'launchd', `${LABEL}.plist`), 'utf8');
  return agent.replaceAll('/opt/openclaw-worker', escaped(root)).replaceAll('/Users/you', escaped(home));
}

const escaped = (path: string) => path.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
