import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../programs.js';

const PATCHES = join(ROOT, 'test/mutants');
/** What the tests and the build need of a checkout. */
const SOURCES = [
  'apps',
  'libs',
  'drizzle',
  'scripts',
  'test',
  'package.json',
  'package-lock.json',
  'jest.config.mjs',
  'jest.chaos.mjs',
  '.swcrc',
];

/** Each takes one check away: a patch of one line. */
export const MUTANTS = readdirSync(PATCHES).flatMap((name) => name.match(/^(.+)\.patch$/)?.[1] ?? []);

/** A copy of the checkout with a mutant in it. */
export class Planted {
  private readonly folder = mkdtempSync(join(tmpdir(), 'mutant-'));

  constructor(mutant: string) {
    // Without the page, which no mutant is in and which takes the longest to build.
    const filter = (path: string) => path !== join(ROOT, 'apps/web');
    for (const name of SOURCES) cpSync(join(ROOT, name), join(this.folder, name), { recursive: true, filter });
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    execFileSync('git', ['apply', join(PATCHES, `${mutant}.patch`)], { cwd: this.folder });
  }

  build(): void {
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: this.folder, stdio: 'pipe' });
  }

  /** Runs tests of the copy; answers whether they passed, and what they printed. */
  test(args: readonly string[], variables: Record<string, string>): Promise<{ passed: boolean; printed: string }> {
    const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...args];
    const env = { PATH: process.env.PATH, ...variables };
    return new Promise((resolve) => {
      execFile(process.execPath, jest, { cwd: this.folder, env }, (error, stdout, stderr) =>
        resolve({ passed: error === null, printed: stdout + stderr }),
      );
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
