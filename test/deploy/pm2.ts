import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '7.0.4';
/** Where `npm install --global` would put it. */
const THERE = '/usr/local/lib/node_modules';

/** Installs pm2 from npm into a new folder; the caller removes it. */
export async function installPm2(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-'));
  await promisify(execFile)('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `pm2@${VERSION}`]);
  return folder;
}

/** What a machine has to show and to run so that pm2, installed in `folder`, is there. */
export function globalPm2(folder: string): { bind: string; script: string } {
  return {
    bind: `${join(folder, 'node_modules')}:${THERE}`,
    script: `ln -s ${THERE}/pm2/bin/pm2 /usr/local/bin/pm2`,
  };
}
