import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOKEN } from '../programs.js';
import { Machine, PREFIX } from './machine.js';
import { globalPm2, installPm2 } from './pm2.js';

const API = 'http://127.0.0.1:3456';
const LOG = '~/.openclaw-worker/logs/worker.log';

describe('the worker under a real pm2', () => {
  let folder: string;
  let machine: Machine;
  const call = async (path: string, body?: object) => {
    const data = body === undefined ? '' : `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
    return JSON.parse(await machine.run(`curl -sS -H 'Authorization: Bearer ${TOKEN}' ${data} '${API}${path}'`));
  };
  const ada = (script: string) => machine.run(script, 'ada');
  const state = async () => {
    const [{ pid, pm2_env }] = JSON.parse(await ada('pm2 jlist --silent'));
    return { pid: pid as number, status: pm2_env.status as string, restarts: pm2_env.restart_time as number };
  };
  const registrations = (count: number) =>
    machine.until(`[ "$(grep -c 'registered with the server' ${LOG})" -ge ${count} ]`, 'ada');

  beforeAll(async () => {
    folder = await installPm2();
    const pm2 = globalPm2(folder);
    machine = await Machine.boot([pm2.bind]);
    await machine.run(`
      ${pm2.script}
      useradd --create-home --shell /bin/bash ada
      systemd-run --unit=api --setenv=WORKER_TOKEN=${TOKEN} --setenv=DATABASE_URL=file:/root/openclaw.db \\
        node ${PREFIX}/dist/apps/api/main.js`);
    await machine.until(`curl -sf ${API}/health/ready`);
    await ada(`
      umask 077
      mkdir -p ~/.config/openclaw-worker
      printf '%s\\n' WORKER_TOKEN=${TOKEN} WORKER_URL=${API} WORKER_NAME=box >~/.config/openclaw-worker/worker.env
      # As it is when somebody has just used the token by hand.
      export WORKER_TOKEN=${TOKEN} TOKEN=${TOKEN}
      pm2 start ${PREFIX}/deploy/pm2/ecosystem.config.cjs --only openclaw-worker
      pm2 save`);
    await registrations(1);
  });
  afterAll(async () => {
    await ada('pm2 kill');
    await machine.end();
    rmSync(folder, { recursive: true });
  });

  it('runs tasks, and shows its token to nobody', async () => {
    expect(await call('/tasks?wait=60000', { command: 'id -un' })).toMatchObject({
      status: 'completed',
      stdout: 'ada\n',
    });
    expect(await machine.run('ps -eo args')).not.toContain(TOKEN);
    expect(await ada('pm2 prettylist; cat ~/.pm2/dump.pm2 ~/.pm2/pm2.log')).not.toContain(TOKEN);
  });

  it('comes back when it is killed', async () => {
    const { pid } = await state();
    await machine.run(`kill -KILL ${pid}`);
    await registrations(2);
    const now = await state();
    expect(now).toMatchObject({ status: 'online', restarts: 1 });
    expect(now.pid).not.toBe(pid);
    expect(await call('/tasks?wait=60000', { command: 'echo again' })).toMatchObject({ stdout: 'again\n' });
  });

  it('reloads while a task runs, whose true result arrives', async () => {
    const { taskId } = await call('/tasks', {
      command:
        'mkfifo gate; trap "echo interrupted" INT TERM; echo started >began; read word <gate; echo "heard $word"',
      cwd: '~',
      timeout: 120_000,
    });
    await machine.until('[ -s ~/began ]', 'ada');
    const reload = ada('pm2 reload openclaw-worker');
    await machine.until(`grep -q 'stopping: no new tasks' ${LOG}`, 'ada');
    await ada('echo the truth >gate');
    await reload;
    await registrations(3);
    expect(await call(`/tasks/${taskId}?wait=60000`)).toMatchObject({
      status: 'completed',
      attempt: 1,
      stdout: 'heard the truth\n',
    });
    expect(await state()).toMatchObject({ status: 'online' });
  });

  it('is cancelled sooner by a second request', async () => {
    const { taskId } = await call('/tasks', { command: 'echo >began2; exec sleep 3600', cwd: '~', timeout: 3_600_000 });
    await machine.until('[ -e ~/began2 ]', 'ada');
    const stop = ada('pm2 stop openclaw-worker');
    await machine.until(`[ "$(grep -c 'stopping: no new tasks' ${LOG})" = 2 ]`, 'ada');
    await ada('kill $(cat ~/.pm2/pids/openclaw-worker-0.pid)');
    await stop;
    expect(await call(`/tasks/${taskId}?wait=60000`)).toMatchObject({ status: 'cancelled', signal: 'SIGTERM' });
    expect(await state()).toMatchObject({ status: 'stopped', pid: 0 });
    expect((await call('/health')).workers).toBe(0);
  });
});
