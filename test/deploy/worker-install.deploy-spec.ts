import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOKEN } from '../programs.js';
import { Machine, PREFIX } from './machine.js';
import { globalPm2, installPm2 } from './pm2.js';

const API = 'http://127.0.0.1:3456';
const UNIT = '~/.config/systemd/user/openclaw-worker.service';

describe('ocw worker install, on a machine of its own', () => {
  let folder: string;
  let machine: Machine;
  let runtime: string;
  const ada = (script: string) => machine.run(`export XDG_RUNTIME_DIR=${runtime}\n${script}`, 'ada');
  const ran = async (command: string) => (await ada(`ocw run -w box '${command}'`)).trim();

  beforeAll(async () => {
    folder = await installPm2();
    const pm2 = globalPm2(folder);
    machine = await Machine.boot([pm2.bind]);
    await machine.run(`
      ${pm2.script}
      printf '#!/bin/sh\\nexec node ${PREFIX}/dist/apps/cli/main.js "$@"\\n' >/usr/local/bin/ocw
      chmod +x /usr/local/bin/ocw
      useradd --create-home --shell /bin/bash ada
      systemctl start dbus systemd-logind
      loginctl enable-linger ada
      systemd-run --unit=api --setenv=WORKER_TOKEN=${TOKEN} --setenv=DATABASE_URL=file:/root/openclaw.db \\
        node ${PREFIX}/dist/apps/api/main.js`);
    runtime = `/run/user/${(await machine.run('id -u ada')).trim()}`;
    await machine.until(`[ -S ${runtime}/systemd/private ] && curl -sf ${API}/health/ready`);
    await ada(`echo ${TOKEN} | ocw login ${API}`);
  });
  afterAll(async () => {
    await machine.run('pm2 kill', 'ada');
    await machine.end();
    rmSync(folder, { recursive: true });
  });

  it('has systemd start the worker, now and whenever it ends', async () => {
    const said = await ada('ocw worker install --name box');
    expect(said).toMatch(/^It was started under systemd/m);
    expect(said).toMatch(/^box is online\.$/m);
    // It lingers already here.
    expect(said).not.toContain('enable-linger');
    expect(await ran('id -un')).toBe('ada');
    expect(await ada('systemctl --user is-enabled openclaw-worker')).toBe('enabled\n');
    expect(await ada(`systemd-analyze --no-pager --user verify --man=no ${UNIT} 2>&1`)).toBe('');
    expect(await ada('stat -c %a ~/.config/openclaw-worker/worker.env')).toBe('600\n');
    const secret = (await ada(`sed -n 's/^WORKER_TOKEN=//p' ~/.config/openclaw-worker/worker.env`)).trim();
    expect(secret).not.toBe(TOKEN);
    expect(await machine.run('ps -eo args')).not.toContain(secret);
    expect(await ada(`cat ${UNIT}; systemctl --user show openclaw-worker`)).not.toContain(secret);
    expect(await ran('env')).not.toContain('OPENCLAW_NODE');
  });

  it('leaves a worker alone that is as it should be, and starts one anew whose settings have changed', async () => {
    const pid = () => ada('systemctl --user show --value --property=MainPID openclaw-worker');
    const before = await pid();
    expect(await ada('ocw worker install')).toMatch(/^It runs already under systemd/m);
    expect(await pid()).toBe(before);
    expect(await ada('ocw worker install -t home')).toMatch(
      /^systemd starts it anew as soon as its tasks have ended\.$/m,
    );
    await machine.until(`ocw workers | grep -q home`, 'ada');
    expect(await pid()).not.toBe(before);
  });

  it('lets its tasks end before it takes the worker away', async () => {
    await ada(`cd ~ && mkfifo gate`);
    const id = (await ada(`ocw run -d -w box 'echo >began; read word <gate; echo "heard $word"'`)).trim();
    await machine.until('[ -e ~/began ]', 'ada');
    const uninstalling = ada('ocw worker uninstall --systemd');
    await machine.until(`journalctl --no-pager _UID=$(id -u ada) | grep -q 'stopping: no new tasks'`);
    await ada('echo the truth >~/gate');
    expect(await uninstalling).toMatch(/^Removed from systemd\.$/m);
    expect(await ada(`ocw logs ${id}`)).toBe('heard the truth\n');
    expect(await ada(`systemctl --user cat openclaw-worker 2>&1 || ls ${UNIT} 2>&1 || true`)).toMatch(
      /No files found[\s\S]*No such file/,
    );
    expect(JSON.parse(await ada('ocw tokens --json'))).toEqual([]);
  });

  it('says how to reach systemd where it cannot', async () => {
    const { code, stderr } = await machine.attempt('ocw worker install --systemd', 'ada');
    expect(code).toBe(2);
    expect(stderr).toContain('systemctl --user reaches no systemd of yours');
  });

  it('takes pm2 where that is what is there', async () => {
    // Without XDG_RUNTIME_DIR there is no systemd of the user.
    const pm2 = (script: string) => machine.run(script, 'ada');
    expect(await pm2('ocw worker install --name box')).toMatch(/^pm2 has started it\.$[\s\S]*^box is online\.$/m);
    expect((await pm2(`ocw run -w box 'id -un'`)).trim()).toBe('ada');
    const secret = (await pm2(`sed -n 's/^WORKER_TOKEN=//p' ~/.config/openclaw-worker/worker.env`)).trim();
    expect(await pm2('pm2 prettylist; cat ~/.pm2/dump.pm2 ~/.pm2/pm2.log')).not.toContain(secret);
    expect(await pm2('ocw worker install')).toMatch(/^pm2 runs it already\.$/m);
    expect(await pm2('ocw worker uninstall')).toMatch(/^Removed from pm2\.$/m);
    expect(JSON.parse(await pm2('pm2 jlist --silent'))).toEqual([]);
  });
});
