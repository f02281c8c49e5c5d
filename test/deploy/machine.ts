import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../programs.js';

/** Where the checkout is inside the machine, as docs/operate.md has it. */
export const PREFIX = '/opt/openclaw-worker';
/** What .ci/run installs before these tests; the commands are theirs. */
const PACKAGES = 'systemd systemd-container libpam-systemd dbus iproute2 nginx-light caddy jq curl openssl logrotate';
const COMMANDS = 'systemd-nspawn systemd-analyze nsenter dbus-daemon ss ip nginx caddy jq curl openssl logrotate'.split(
  ' ',
);

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * A throw-away machine: this one's files below a layer that forgets, with a systemd of its own, a network of its own
 * that has nothing but a loopback, and the checkout at PREFIX. All that it runs dies with this process.
 */
export class Machine {
  private constructor(
    private readonly holder: ChildProcess,
    private readonly folder: string,
    private readonly init: number,
  ) {}

  /** `binds` are further folders of this machine to show, read-only, as `HERE:THERE`. */
  static async boot(binds: string[] = []): Promise<Machine> {
    requireTools();
    const folder = mkdtempSync(join(tmpdir(), 'machine-'));
    const root = join(folder, 'root');
    mkdirSync(root);
    const options = [
      `--directory=${root}`,
      '--volatile=overlay',
      '--boot',
      '--private-network',
      '--register=no',
      '--keep-unit',
      '--link-journal=no',
      '--console=pipe',
      '--machine=throw-away',
      ...[`${ROOT}:${PREFIX}`, ...binds].map((bind) => `--bind-ro=${bind}`),
      // Of the services that happen to be installed here, none is started.
      'systemd.unit=basic.target',
    ];
    // nspawn does not take / itself. The process id space around it is what ends the machine when this process dies.
    const script = 'mount --make-rprivate / && mount --bind / "$1" && shift && exec systemd-nspawn "$@"';
    const around = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const start = ['--pdeathsig', 'KILL', 'unshare', ...around, 'sh', '-c', script, 'sh', root, ...options];
    const holder = spawn('setpriv', start, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    for (const stream of [holder.stdout, holder.stderr]) {
      createInterface({ input: stream }).on('line', (line) => said.push(line));
    }
    const ended = once(holder, 'exit').then(() => {
      throw new Error(`the machine did not start:\n${said.join('\n')}`);
    });
    ended.catch(() => undefined);
    const init = await Promise.race([findInit(holder.pid ?? 0), ended]);
    const machine = new Machine(holder, folder, init);
    await Promise.race([machine.started(), ended]);
    return machine;
  }

  /** Runs shell text as root, or as `user`; rejects with its output when it fails. */
  async run(script: string, user = 'root'): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(script, user);
    if (code !== 0) throw new Error(`exit code ${code}:\n${script}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`);
    return stdout;
  }

  /** Runs shell text, and answers how it went. */
  async attempt(script: string, user = 'root'): Promise<Finished> {
    const home = user === 'root' ? '/root' : `/home/${user}`;
    const env = [`PATH=${PATH}`, `HOME=${home}`, `USER=${user}`, 'LANG=C.UTF-8', 'TERM=dumb'];
    const shell = ['env', '-i', ...env, 'bash', '-euo', 'pipefail', '-c', `cd ~\n${script}`];
    const become = user === 'root' ? shell : ['setpriv', '--reuid', user, '--regid', user, '--init-groups', ...shell];
    const child = execFile('nsenter', ['--target', String(this.init), '--all', ...become], { maxBuffer: 64 << 20 });
    const output = { stdout: '', stderr: '' };
    child.stdout?.on('data', (text) => {
      output.stdout += text;
    });
    child.stderr?.on('data', (text) => {
      output.stderr += text;
    });
    child.stdin?.end();
    const [code] = await once(child, 'close');
    return { code: code ?? 1, ...output };
  }

  /** Runs `condition` again and again until it is true: for what another process does in its own time. Gives up after a minute. */
  async until(condition: string, user = 'root'): Promise<void> {
    const text = `for _ in $(seq 600); do if ${condition}; then exit 0; fi; sleep 0.1; done`;
    await this.run(`${text}\necho 'this did not come true' >&2; exit 1`, user);
  }

  async end(): Promise<void> {
    const exited = once(this.holder, 'exit');
    // It ignores the gentler signals; what it holds is killed with it.
    this.holder.kill('SIGKILL');
    await exited;
    rmSync(this.folder, { recursive: true });
  }

  private async started(): Promise<void> {
    // systemd answers once it has its socket.
    await this.run('until systemctl is-active --quiet basic.target; do sleep 0.05; done 2>/dev/null');
  }
}

function requireTools(): void {
  const missing = COMMANDS.filter((name) => !PATH.split(':').some((folder) => isThere(join(folder, name))));
  if (missing.length > 0) {
    throw new Error(`these tests need ${missing.join(', ')}: apt-get install --no-install-recommends ${PACKAGES}`);
  }
  if (process.getuid?.() !== 0) throw new Error('these tests start a throw-away machine, which only root can do');
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The process id, seen from here, of the systemd that nspawn started below `holder`. */
async function findInit(holder: number): Promise<number> {
  for (;;) {
    for (const pid of descendants(holder)) {
      if (nameOf(pid) === 'systemd') return pid;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function descendants(pid: number): number[] {
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return text
    .split(' ')
    .filter(Boolean)
    .flatMap((child) => [Number(child), ...descendants(Number(child))]);
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
