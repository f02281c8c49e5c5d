import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { transformSync } from '@swc/core';
import Database from 'better-sqlite3';
import { makeFolder, removeFolder } from './executors/testing/file-sandbox.js';
import { openIdentity, SpoolDirInUse } from './identity.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
let home: string;
let directory: string;
const children = new Set<ChildProcess>();

/** Runs `program` in a process of its own, where `openIdentity` is at hand, and answers what it prints first. */
async function inAnotherProcess(program: string): Promise<{ child: ChildProcess; printed: string }> {
  for (const module of ['identity', 'system-error']) {
    const source = readFileSync(new URL(`./${module}.ts`, import.meta.url), 'utf8');
    const { code } = transformSync(source, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } });
    writeFileSync(join(home, `${module}.js`), code);
  }
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(home, 'program.js'), `import { openIdentity } from './identity.js';\n${program}`);
  const packages = createRequire(import.meta.url).resolve('better-sqlite3/package.json');
  const link = join(home, 'node_modules');
  if (!existsSync(link)) symlinkSync(join(packages, '../..'), link);
  const child = spawn(process.execPath, ['--expose-gc', join(home, 'program.js'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const [chunk] = await once(child.stdout, 'data');
  return { child, printed: String(chunk) };
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

const HOLD = `
  const { id, generation } = openIdentity(process.argv[2]);
  setInterval(() => {}, 1_000_000);
  for (let round = 0; round < 5; round += 1) globalThis.gc();
  console.log(JSON.stringify({ id, generation }));
`;

beforeEach(() => {
  home = makeFolder();
  directory = join(home, 'worker/spool');
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await killed(child);
  children.clear();
  removeFolder(home);
});

describe('openIdentity', () => {
  it('keeps the id and raises the generation at every open', () => {
    const opened = [1, 2, 3].map(() => {
      const identity = openIdentity(directory);
      identity.release();
      return identity;
    });

    expect(opened[0]?.id).toMatch(UUID);
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(opened.map(({ generation }) => generation)).toEqual([1, 2, 3]);
  });

  it('closes the folder that it creates to other users', () => {
    openIdentity(directory).release();

    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('refuses a folder that this process already holds, until it is released', () => {
    const identity = openIdentity(directory);
    expect(() => openIdentity(directory)).toThrow(SpoolDirInUse);

    identity.release();
    identity.release();
    const next = openIdentity(directory);
    next.release();
    expect(next).toMatchObject({ id: identity.id, generation: 2 });
  });

  it('refuses a folder that another process holds, by name and with the fix, until that is killed', async () => {
    const { child, printed } = await inAnotherProcess(HOLD);
    const holder = JSON.parse(printed);

    expect(() => openIdentity(directory)).toThrow(SpoolDirInUse);
    expect(() => openIdentity(directory)).toThrow(
      `another worker is using "${directory}"; stop that worker, or set SPOOL_DIR to a folder of this one's own`,
    );

    await killed(child);
    const identity = openIdentity(directory);
    identity.release();
    expect(identity).toMatchObject({ id: holder.id, generation: holder.generation + 1 });
  });

  it('keeps another process out while this one holds the folder', async () => {
    const identity = openIdentity(directory);
    const { printed } = await inAnotherProcess(`
      try {
        openIdentity(process.argv[2]);
        console.log('opened');
      } catch (error) {
        console.log(error.name);
      }
    `);
    identity.release();

    expect(printed.trim()).toBe('SpoolDirInUse');
  });

  it('never gives a generation twice, wherever its holder is killed', async () => {
    const seen: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { child, printed } = await inAnotherProcess(HOLD);
      seen.push(JSON.parse(printed).generation);
      await killed(child);
    }

    expect(seen).toEqual([1, 2, 3]);
  });

  it.each<[string, (file: string) => void]>([
    ['text', (file) => writeFileSync(file, 'not a database, but long enough to be one'.repeat(100))],
    ['cut short', (file) => truncateSync(file, statSync(file).size / 2)],
    ['cut within a page', (file) => truncateSync(file, statSync(file).size / 2 + 1000)],
    ['cut at its end', (file) => truncateSync(file, statSync(file).size - 1)],
    ['cut down to a few bytes', (file) => truncateSync(file, 50)],
    ['overwritten', (file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 7))],
    ['another database', (file) => inDatabase(file, 'DROP TABLE identity; CREATE TABLE identity (other TEXT)')],
    ['without an id', (file) => inDatabase(file, "UPDATE identity SET id = ''")],
    ['with an odd generation', (file) => inDatabase(file, 'UPDATE identity SET generation = -5')],
    ['with a generation beyond counting', (file) => inDatabase(file, `UPDATE identity SET generation = ${2 ** 62}`)],
  ])('says that the identity file is damaged, and how to get a new one: %s', (_, damage) => {
    openIdentity(directory).release();
    const file = join(directory, 'identity.db');
    damage(file);

    expect(() => openIdentity(directory)).toThrow(`the worker's identity file "${file}" is damaged: `);
    expect(() => openIdentity(directory)).toThrow('; delete it, and the worker gets a new identity');

    removeFolder(file);
    const fresh = openIdentity(directory);
    fresh.release();
    expect(fresh.generation).toBe(1);
  });

  it('says which folder cannot be used', () => {
    writeFileSync(join(home, 'worker'), '');

    expect(() => openIdentity(directory)).toThrow(`cannot keep the worker's identity in "${directory}/identity.db": `);
    expect(() => openIdentity(directory)).toThrow('or set SPOOL_DIR');
  });
});

function inDatabase(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}
