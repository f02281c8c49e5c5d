import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOKEN } from '../programs.js';
import { guideBlocks } from './guide.js';
import { Machine, PREFIX } from './machine.js';

const API = 'http://127.0.0.1:3456';

describe('the worker as a service of a user', () => {
  let machine: Machine;
  let runtime: string;
  const ada = (script: string) => machine.run(`export XDG_RUNTIME_DIR=${runtime}\n${script}`, 'ada');
  const call = async (path: string, body?: object) => {
    const data = body === undefined ? '' : `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
    return JSON.parse(await machine.run(`curl -sS -H 'Authorization: Bearer ${TOKEN}' ${data} '${API}${path}'`));
  };

  beforeAll(async () => {
    machine = await Machine.boot();
    await machine.run(`
      useradd --create-home --shell /bin/bash ada
      systemctl start dbus systemd-logind
      loginctl enable-linger ada
      systemd-run --unit=api --setenv=WORKER_TOKEN=${TOKEN} --setenv=DATABASE_URL=file:/root/openclaw.db \\
        node ${PREFIX}/dist/apps/api/main.js`);
    runtime = `/run/user/${(await machine.run('id -u ada')).trim()}`;
    await machine.until(`[ -S ${runtime}/systemd/private ] && curl -sf ${API}/health/ready`);
    await ada(`
      umask 077
      mkdir -p ~/.config/openclaw-worker
      printf '%s\\n' WORKER_TOKEN=${TOKEN} WORKER_URL=${API} WORKER_NAME=box >~/.config/openclaw-worker/worker.env`);
  });
  afterAll(() => machine.end());

  it('is set up by the blocks of docs/operate.md, and runs tasks', async () => {
    const blocks = guideBlocks().filter(({ marks }) => marks.join() === 'user-service');
    expect(blocks).toHaveLength(1);
    await ada(`PREFIX=${PREFIX}\n${blocks[0]?.text}`);
    expect(await call('/tasks?wait=60000', { command: 'id -un' })).toMatchObject({ stdout: 'ada\n', worker: 'box' });
  });

  it('stops when its tasks have ended, not before', async () => {
    const { taskId } = await call('/tasks', {
      command: 'mkfifo gate; echo >began; read word <gate; echo "heard $word"',
      cwd: '~',
    });
    await machine.until('[ -e ~/began ]', 'ada');
    const stop = ada('systemctl --user stop openclaw-worker');
    await machine.until(`journalctl --no-pager _UID=$(id -u ada) | grep -q 'stopping: no new tasks'`);
    await ada('echo the truth >gate');
    await stop;
    expect(await call(`/tasks/${taskId}?wait=60000`)).toMatchObject({
      status: 'completed',
      stdout: 'heard the truth\n',
    });
    expect((await ada('systemctl --user show --value --property=Result openclaw-worker')).trim()).toBe('success');
  });

  it('refuses settings that others may read, and says what to do', async () => {
    await ada('chmod 640 ~/.config/openclaw-worker/worker.env');
    const { code, stderr } = await machine.attempt(`${PREFIX}/deploy/run worker`, 'ada');
    expect(code).toBe(1);
    expect(stderr).toContain('run: chmod 600 /home/ada/.config/openclaw-worker/worker.env');
  });
});
