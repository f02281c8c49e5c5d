import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT } from '../programs.js';

const PATCHES = join(ROOT, 'test/mutants');
const mutants = readdirSync(PATCHES).filter((name) => name.endsWith('.patch'));
/** What the simulation needs of the sources. */
const SOURCES = ['apps', 'libs', 'drizzle', 'test', 'package.json', 'jest.config.mjs', '.swcrc'];

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'mutant-'));
  for (const name of SOURCES) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterEach(() => rmSync(copy, { recursive: true }));

/** Runs the simulation of the copy; answers whether it held, and what it printed. */
function simulate(): Promise<{ held: boolean; printed: string }> {
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--testPathPatterns', 'simulation.e2e'];
  const env = { PATH: process.env.PATH, SIMULATION_SCHEDULES: '40' };
  return new Promise((resolve) => {
    execFile(process.execPath, [...jest, '-t', 'keep every promise'], { cwd: copy, env }, (error, stdout, stderr) =>
      resolve({ held: error === null, printed: stdout + stderr }),
    );
  });
}

describe('the simulation', () => {
  it.each(mutants)('catches %s', async (patch) => {
    execFileSync('git', ['apply', join(PATCHES, patch)], { cwd: copy });
    const { held, printed } = await simulate();
    expect(held).toBe(false);
    // A promise was broken, rather than the test.
    expect(printed).toMatch(/seed \d+\n/);
  });
});
