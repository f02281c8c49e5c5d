// A multiplexed OpenSSH connection to a server of its own on 127.0.0.1.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, newFolder, start, stop } from '../kit/processes.mjs';

const SSHD = '/usr/sbin/sshd';

export const peer = {
  isInstalled: () => existsSync(SSHD) && process.getuid?.() === 0,
  how: 'as root: apt-get install openssh-server openssh-client',
};

export async function open() {
  const folder = newFolder();
  const port = await freePort();
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  execFileSync('cp', [join(folder, 'user.pub'), join(folder, 'authorized_keys')]);
  mkdirSync('/run/sshd', { recursive: true });
  const server = [`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${folder}/host`, 'StrictModes no', 'UsePAM no'];
  server.push(`AuthorizedKeysFile ${folder}/authorized_keys`, 'PermitRootLogin yes', `PidFile ${folder}/pid`);
  // What bash reads before every command of a remote login is not the connection's cost.
  server.push(`SetEnv HOME=${folder}`);
  writeFileSync(join(folder, 'sshd_config'), `${server.join('\n')}\n`);
  const { child } = await start(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], { ready: /Server listening/ });

  const options = [
    `ControlPath=${folder}/control`,
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
  ];
  const ssh = [
    '-F',
    'none',
    '-i',
    join(folder, 'user'),
    '-p',
    String(port),
    ...options.flatMap((option) => ['-o', option]),
  ];
  const master = spawn('ssh', [...ssh, '-M', '-N', '127.0.0.1'], { stdio: 'ignore' });
  while (!existsSync(join(folder, 'control'))) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    async run() {
      const [code] = await once(spawn('ssh', [...ssh, '127.0.0.1', 'true'], { stdio: 'ignore' }), 'exit');
      if (code !== 0) throw new Error(`ssh ended with ${code}`);
    },
    async close() {
      await stop(master);
      await stop(child);
      rmSync(folder, { recursive: true });
    },
  };
}
