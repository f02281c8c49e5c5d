import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT, TOKEN } from '../programs.js';
import { Machine, PREFIX } from './machine.js';

const UNITS = join(ROOT, 'deploy/systemd');
const API = 'http://127.0.0.1:3456';

const analyze = async (...args: string[]) => {
  const env = { PATH: process.env.PATH, XDG_RUNTIME_DIR: tmpdir() };
  const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['--no-pager', ...args], { env });
  return stdout + stderr;
};

describe('the units', () => {
  const folder = mkdtempSync(join(tmpdir(), 'units-'));
  const units = readdirSync(UNITS).filter((name) => /\.(service|timer)$/.test(name));
  beforeAll(() => {
    cpSync(UNITS, folder, { recursive: true, filter: (path) => !path.includes('service.d') });
    // verify looks whether what they start is there; this is another prefix, as docs/operate.md makes one.
    for (const name of units) {
      const path = join(folder, name);
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(`${PREFIX}/`, ROOT));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(units)('%s is one that systemd has nothing to say about', async (name) => {
    const user = name === 'openclaw-worker.service' ? ['--user'] : [];
    expect(await analyze('verify', '--man=no', ...user, join(folder, name))).toBe('');
  });

  it.each(['openclaw-api.service', 'openclaw-backup.service'])('%s is exposed to little', async (name) => {
    const table = await analyze('security', '--offline=true', '--threshold=20', join(folder, name));
    const exposure = Number(table.match(/Overall exposure level for \S+: ([\d.]+)/)?.[1]);
    expect(exposure).toBeLessThanOrEqual(2);
  });

  it('knows the settings of the drop-in where systemd is new enough', async () => {
    const version = Number((await analyze('--version')).match(/systemd (\d+)/)?.[1]);
    cpSync(join(UNITS, 'openclaw-api.service.d'), join(folder, 'openclaw-api.service.d'), { recursive: true });
    const said = await analyze('verify', '--man=no', join(folder, 'openclaw-api.service'));
    if (version >= 254) expect(said).toBe('');
    else
      expect(new Set(said.match(/(?<=Unknown key )\S+/g))).toEqual(new Set(["'RestartSteps'", "'RestartMaxDelaySec'"]));
  });
});

describe('the API under a real systemd', () => {
  let machine: Machine;
  const show = async (property: string) =>
    (await machine.run(`systemctl show --value --property=${property} openclaw-api`)).trim();
  const call = (path: string, body?: object) => {
    const data = body === undefined ? '' : `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
    return machine.run(`curl -sS -H 'Authorization: Bearer ${TOKEN}' ${data} '${API}${path}'`).then(JSON.parse);
  };
  const restarted = (before: string) =>
    machine.until(
      `[ "$(systemctl is-active openclaw-api) $(systemctl show --value -p MainPID openclaw-api)" != 'active ${before}' ] &&
       systemctl is-active --quiet openclaw-api`,
    );

  beforeAll(async () => {
    machine = await Machine.boot();
    await machine.run(`
      useradd --system --home-dir /var/lib/openclaw-worker --shell /usr/sbin/nologin openclaw
      install -d -m 0755 /etc/openclaw-worker
      (umask 077; echo 'WORKER_TOKEN=${TOKEN}' >/etc/openclaw-worker/api.env)
      install -m 0644 ${PREFIX}/deploy/systemd/openclaw-api.service /etc/systemd/system/
      # The same watchdog, with less patience.
      mkdir /etc/systemd/system/openclaw-api.service.d
      printf '[Service]\\nWatchdogSec=3\\nRestartSec=0\\n' >/etc/systemd/system/openclaw-api.service.d/test.conf
      systemctl daemon-reload
      systemctl start openclaw-api
    `);
  });
  afterAll(() => machine.end());

  it('is started once it answers, as a user of its own that can write nowhere else', async () => {
    // No waiting here: systemctl came back, so it must be ready.
    expect(await call('/health/ready')).toMatchObject({ status: 'ok' });
    const [pid, status] = [await show('MainPID'), await show('StatusText')];
    expect(status).toBe('');
    const process = await machine.run(`cat /proc/${pid}/status; ps -o user= -p ${pid}`);
    expect(process).toMatch(/^openclaw$/m);
    expect(process).toMatch(/^CapBnd:\s0+$/m);
    expect(process).toMatch(/^NoNewPrivs:\s1$/m);
    expect(process).toMatch(/^Seccomp:\s2$/m);
    expect(await machine.run(`stat -c '%U %a' /var/lib/openclaw-worker /var/lib/openclaw-worker/openclaw.db`)).toBe(
      'openclaw 700\nopenclaw 600\n',
    );
  });

  it('shows signs of life: systemd, asked for them every 3 s, does not restart it', async () => {
    const watched = `systemctl show --value --property=WatchdogTimestampMonotonic openclaw-api`;
    const first = (await machine.run(watched)).trim();
    await machine.until(`[ "$(${watched})" != '${first}' ]`);
    expect(await show('NRestarts')).toBe('0');
  });

  it('keeps what it accepted when it is killed, and comes back', async () => {
    const { taskId } = await call('/tasks', { command: 'true' });
    const before = await show('MainPID');
    await machine.run('systemctl kill --signal=SIGKILL openclaw-api');
    await restarted(before);
    expect(await call(`/tasks/${taskId}`)).toMatchObject({ status: 'pending' });
  });

  it('is started anew when its event loop stands still', async () => {
    const before = await show('MainPID');
    await machine.run(`kill -STOP ${before}`);
    await restarted(before);
    expect(await machine.run('journalctl --no-pager --unit openclaw-api')).toContain('Watchdog timeout');
    expect(await call('/health/ready')).toMatchObject({ status: 'ok' });
  });

  it('stops in order while a call is held', async () => {
    const { taskId } = await call('/tasks', { command: 'true' });
    const held = call(`/tasks/${taskId}?wait=60000`);
    await machine.until(`ss -Htn state established '( dport = :3456 )' | grep -q .`);
    await machine.run('systemctl stop openclaw-api');
    expect(await held).toMatchObject({ status: 'pending', message: 'Result not ready yet' });
    expect([await show('Result'), await show('ExecMainStatus')]).toEqual(['success', '0']);
    const journal = await machine.run('journalctl --no-pager --unit openclaw-api');
    expect(journal).toContain('stopping: SIGTERM');
    expect(journal).not.toContain('was not told');
  });
});

describe('the launchd agent', () => {
  it('is a sound property list that keeps the worker alive and the token out of sight', async () => {
    const script = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
    const path = join(ROOT, 'deploy/launchd/org.openclaw.worker.plist');
    const agent = JSON.parse((await promisify(execFile)('python3', ['-c', script, path])).stdout);
    expect(agent).toMatchObject({
      Label: 'org.openclaw.worker',
      ProgramArguments: [`${PREFIX}/deploy/run`, 'worker'],
      KeepAlive: true,
      RunAtLoad: true,
    });
    // Above the longest task, 24 h.
    expect(agent.ExitTimeOut).toBeGreaterThan(86_400);
    expect(Object.keys(agent.EnvironmentVariables)).toEqual(['OPENCLAW_ENV_FILE']);
  });
});
