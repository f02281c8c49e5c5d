import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { Failure } from '../failure.mjs';
import { run } from './run.mjs';

/** Compiled for one ABI of Node where no prebuilt binary can be had. */
const NATIVE_MODULE = 'better-sqlite3';

/** What a compiler run of node-gyp needs: any one program of each line. */
const PREREQUISITES = { 'Python 3': ['python3'], make: ['make'], 'a C++ compiler': ['c++', 'g++', 'clang++'] };

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean,
 *   os?: string[], cpu?: string[] }} LockedPackage
 */

/** @param {string} root */
const stampPath = (root) => join(root, 'node_modules', '.prepared');

/**
 * Whether node_modules was last seen to fit the lock file and this Node.
 * @param {string} root the checkout
 */
export function isInstalled(root) {
  return existsSync(stampPath(root)) && readFileSync(stampPath(root), 'utf8') === installationKey(root);
}

/** @param {string} root */
function installationKey(root) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return [lock, process.versions.modules, process.platform, process.arch].join(' ');
}

/**
 * Installs what is missing; an `npm ci` that was run by hand is recognised. Rejects with a Failure. The caller holds
 * the lock.
 * @param {string} root the checkout
 */
export async function installIfNeeded(root) {
  if (isInstalled(root)) return;
  if (!matchesLock(root)) await installPackages(root);
  if (hasNativeModule(root) && !(await nativeModuleLoads(root))) await buildNativeModule(root);
  writeFileSync(stampPath(root), installationKey(root));
}

/**
 * Compares npm's own account of node_modules, which it writes last, with the lock file.
 * @param {string} root the checkout
 */
function matchesLock(root) {
  const account = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(account)) return false;
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(account);
  return Object.entries(wanted).every(([path, locked]) => {
    const found = installed[path];
    if (path === '') return true;
    if (found === undefined) return locked.optional || locked.devOptional;
    return isSame(found, locked) && isForThisMachine(found);
  });
}

/**
 * @param {LockedPackage} found
 * @param {LockedPackage} locked
 */
function isSame(found, locked) {
  if (found.version !== locked.version) return false;
  return !found.integrity || !locked.integrity || found.integrity === locked.integrity;
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/**
 * False for node_modules that came from another machine, in a shared or a copied folder.
 * @param {LockedPackage} found
 */
function isForThisMachine({ os, cpu }) {
  return admits(os, process.platform) && admits(cpu, process.arch);
}

/**
 * @param {string[] | undefined} list
 * @param {string} value
 */
function admits(list, value) {
  if (list === undefined || list.includes(value)) return true;
  return list.every((item) => item.startsWith('!')) && !list.includes(`!${value}`);
}

/** @param {string} root */
async function installPackages(root) {
  console.error('Installing packages (npm ci)…');
  // Without install scripts, which npm's versions treat differently; the one that is needed is run by itself. Compilers
  // are development and optional packages, which NODE_ENV=production or npm's `omit` would leave out.
  const code = await npm(root, [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
  ]);
  if (code !== 0) throw new Failure('npm ci failed; its messages are above. Mend the cause and start again.');
}

/** @param {string} root */
async function buildNativeModule(root) {
  console.error(`Setting up ${NATIVE_MODULE}: where no prebuilt binary can be had, compiling takes a few minutes…`);
  const code = await npm(root, ['rebuild', NATIVE_MODULE, '--ignore-scripts=false']);
  if (code !== 0 || !(await nativeModuleLoads(root))) throw new Failure(nativeModuleHint(code));
}

/** @param {number | null} code */
function nativeModuleHint(code) {
  const missing = Object.entries(PREREQUISITES)
    .filter(([, programs]) => !programs.some(isOnPath))
    .map(([name]) => name);
  return [
    code === 0
      ? `The binary of ${NATIVE_MODULE} does not load here. Try \`npm rebuild ${NATIVE_MODULE} --build-from-source\`.`
      : `The native module ${NATIVE_MODULE} could not be built; npm's messages are above.`,
    `Building it takes ${Object.keys(PREREQUISITES).join(', ')}${missing.length > 0 ? ` (not found here: ${missing.join(', ')})` : ''}:`,
    '  Debian, Ubuntu:  sudo apt-get install python3 make g++',
    '  macOS:           xcode-select --install',
    'Then start again.',
  ].join('\n');
}

/** @param {string} program */
function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string} root */
function hasNativeModule(root) {
  return existsSync(join(root, 'node_modules', NATIVE_MODULE));
}

/**
 * Tried in a process of its own: a binary made for another system may end the process that loads it.
 * @param {string} root
 */
async function nativeModuleLoads(root) {
  const probe = `new (require('${NATIVE_MODULE}'))(':memory:')`;
  return (await run(process.execPath, ['-e', probe], { cwd: root, capture: true })).code === 0;
}

/**
 * @param {string} root
 * @param {string[]} args
 */
async function npm(root, args) {
  // Inside `npm start` this is the npm that runs us; yarn and pnpm set the variable as well.
  const cli = process.env.npm_execpath ?? '';
  const [command, ...first] = cli.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm'];
  // The native module has to be built by and for this Node, even if another one comes first on the PATH.
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  // node-gyp compiles one file after the other unless it is told otherwise.
  const env = { JOBS: 'max', ...process.env, PATH: path };
  return (await run(command, [...first, ...args], { cwd: root, env })).code;
}
