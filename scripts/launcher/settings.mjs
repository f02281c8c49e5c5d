import { join, relative, resolve } from 'node:path';
import { Failure } from '../failure.mjs';

const DEFAULT_PORT = 3456;
const DEFAULT_SHUTDOWN_GRACE_MS = 10_000;

/** What only the API needs. The worker, and the tasks that it runs, have no business with it. */
const SERVER_ONLY = [
  'DATABASE_URL',
  'WORKER_PORT',
  'HOST',
  'RATE_LIMIT_PER_MINUTE',
  'AUTH_FAILURES_PER_MINUTE',
  'MAX_BODY_BYTES',
  'MAX_PENDING',
  'RETENTION_DAYS',
  'AUDIT_RETENTION_DAYS',
  'TRUST_PROXY',
  'SHUTDOWN_GRACE_MS',
  'OPENCLAW_DATA_DIR',
];

/**
 * The text of a variable; undefined for one that is not set or blank, as the programs see it.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 */
export const given = (env, name) => env[name]?.trim() || undefined;

/**
 * @typedef {{ root: string, dataDir: string, host: string, port: number, url: string, shutdownGraceMs: number,
 *   colour: boolean }} Settings
 * `url` is where this machine reaches the API.
 */

/**
 * What the launcher itself has to know of the environment; the programs validate the rest. Throws a Failure that names
 * the variable.
 * @param {string} root the checkout
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} isTerminal whether standard output is one
 * @returns {Settings}
 */
export function readSettings(root, env, isTerminal) {
  const host = given(env, 'HOST') ?? '127.0.0.1';
  const port = readInteger(env, 'WORKER_PORT', DEFAULT_PORT, 1, 65_535);
  return {
    root,
    dataDir: resolve(root, given(env, 'OPENCLAW_DATA_DIR') ?? 'data'),
    host,
    port,
    url: `http://${reachable(host)}:${port}`,
    shutdownGraceMs: readInteger(env, 'SHUTDOWN_GRACE_MS', DEFAULT_SHUTDOWN_GRACE_MS, 0, 3_600_000),
    colour: isTerminal && !env.NO_COLOR,
  };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} name
 * @param {number} fallback
 * @param {number} least
 * @param {number} most
 */
function readInteger(env, name, fallback, least, most) {
  const text = given(env, name);
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Failure(`${name} must be a whole number from ${least} to ${most}; it is "${text}".`);
}

/** @param {string} host an address to listen on */
function reachable(host) {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {Settings} settings
 * @param {string} token
 */
export function apiEnvironment(env, settings, token) {
  return {
    ...env,
    WORKER_TOKEN: token,
    // Relative, so that no character in the checkout's own path can be one that ends a URL's path.
    DATABASE_URL:
      given(env, 'DATABASE_URL') ?? `file:./${relative(settings.root, join(settings.dataDir, 'openclaw.db'))}`,
  };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {Settings} settings
 * @param {string} token
 */
export function workerEnvironment(env, settings, token) {
  const kept = Object.entries(env).filter(([name]) => !SERVER_ONLY.includes(name) && !isSetByNpm(name));
  return {
    ...Object.fromEntries(kept),
    ...(env.PATH === undefined ? {} : { PATH: withoutNpmFolders(env.PATH) }),
    ...(given(env, 'WORKER_URL') === undefined ? directly(env, settings.url) : {}),
    WORKER_TOKEN: token,
    // One identity for each checkout: two workers with the same one would push each other off the server.
    SPOOL_DIR: given(env, 'SPOOL_DIR') ?? join(settings.dataDir, 'worker'),
  };
}

/**
 * The API beside the worker is reached without the environment's proxy, if there is one.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} url
 */
function directly(env, url) {
  const proxied = ['http_proxy', 'HTTP_PROXY'].some((name) => given(env, name) !== undefined);
  if (!proxied) return { WORKER_URL: url };
  const exempt = given(env, 'no_proxy') ?? given(env, 'NO_PROXY');
  return { WORKER_URL: url, no_proxy: [exempt, new URL(url).hostname].filter(Boolean).join(',') };
}

/** @param {string} name */
function isSetByNpm(name) {
  return name.startsWith('npm_') || name === 'INIT_CWD' || name === 'NODE';
}

/**
 * Tasks must find the user's programs, not those of this checkout's packages.
 * @param {string} path
 */
function withoutNpmFolders(path) {
  return path
    .split(':')
    .filter((folder) => !/\/(node_modules\/\.bin|node-gyp-bin)$/.test(folder))
    .join(':');
}
