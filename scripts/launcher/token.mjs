import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.mjs';
import { given } from './settings.mjs';

const TOKEN = /^ocw_[A-Za-z0-9_-]{43}$/;

/**
 * The token that both programs share: the environment's, or the one kept in the data folder, made at the first start.
 * Throws a Failure that names the file.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} dataDir
 * @returns {{ token: string, source: string, warning?: string }} source: the variable's name or the file's path
 */
export function resolveToken(env, dataDir) {
  const token = given(env, 'WORKER_TOKEN');
  if (token !== undefined) return { token, source: 'WORKER_TOKEN' };
  const path = join(dataDir, 'token');
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (!existsSync(path)) createToken(path);
    return { token: readToken(path), source: path, warning: tighten(path) };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${path}: the token cannot be kept there (${error.message}).`);
  }
}

/** @param {string} path */
function readToken(path) {
  const text = readFileSync(path, 'utf8').trim();
  if (TOKEN.test(text)) return text;
  throw new Failure(
    `${path} does not hold a token (ocw_ and 43 characters). Restore it, or remove it to get a new one at the next start.`,
  );
}

/**
 * Linked into place complete; where another start was faster, its token stays.
 * @param {string} path
 */
function createToken(path) {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, `ocw_${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {string | undefined} a warning
 */
function tighten(path) {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return undefined;
  chmodSync(path, 0o600);
  return `${path} could be read by others (mode ${mode.toString(8)}) and has been set to 600. If someone may have read it, remove it and start again.`;
}
