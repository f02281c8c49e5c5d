import { homedir, hostname } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { DEFAULT_PORT, LIMITS, TASK_TYPES, type TaskType } from '#contracts';
import { LOG_LEVELS, type LogLevel } from '#logging';
import { expandHome } from './home-path.js';

const MIB = 1_048_576;

/** Bounds and defaults of the settings that are numbers. Times are milliseconds. */
const NUMBERS = {
  MAX_CONCURRENT: { min: 1, max: LIMITS.pollMax, default: 3 },
  LONG_POLL_WAIT: { min: 0, max: 3_600_000, default: LIMITS.pollWait.default },
  POLL_INTERVAL: { min: 1, max: 3_600_000, default: 500 },
  MAX_OUTPUT_BYTES: { min: 1, max: 64 * MIB, default: 10 * MIB },
} as const;

const TAGS = { count: 64, bytes: 64 };
const TOKEN = /^[\x21-\x7e]{16,}$/;
/** What an HTTP header can carry: printable ASCII without surrounding spaces. */
const NAME = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

export interface WorkerConfig {
  token: string;
  /** Where the API answers, a path prefix included, without a slash at the end. */
  url: string;
  name: string;
  tags: string[];
  /** What this worker offers to do. */
  kinds: TaskType[];
  maxConcurrent: number;
  longPollWait: number;
  pollInterval: number;
  maxOutputBytes: number;
  /** The program that runs commands; undefined for the user's own shell. */
  shell: string | undefined;
  /** Absolute. */
  spoolDir: string;
  logLevel: LogLevel;
  /** Proxy addresses and the hosts that go without one; empty when not set. */
  proxy: { http: string; https: string; exempt: string };
  /** What will work, but is worth a word when the worker starts. */
  warnings: string[];
}

export interface Machine {
  hostname: string;
  home: string;
}

/** The settings do not add up. `problems` has one sentence for each mistake, which names the variable and the fix. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;
type Tell = (problem: string) => void;

/**
 * Reads the worker's settings from environment variables. A variable that is unset or empty has its default.
 * Throws a `ConfigError` that tells all mistakes at once; no text in it or in `warnings` carries the token.
 */
export function loadConfig(
  env: Environment,
  machine: Machine = { hostname: hostname(), home: homedir() },
): WorkerConfig {
  const problems: string[] = [];
  const tell: Tell = (problem) => problems.push(problem);
  const given = (name: string): string | undefined => env[name]?.trim() || undefined;

  const url = readUrl(given('WORKER_URL'), tell);
  const config: WorkerConfig = {
    token: readToken(env.WORKER_TOKEN, tell),
    url: url?.href.replace(/\/+$/, '') ?? '',
    name: readName(given('WORKER_NAME'), machine.hostname, tell),
    tags: readTags(given('WORKER_TAGS'), tell),
    kinds: readKinds(given('WORKER_KINDS'), tell),
    maxConcurrent: readNumber('MAX_CONCURRENT', given, tell),
    // The server holds a poll no longer, whatever is asked.
    longPollWait: Math.min(readNumber('LONG_POLL_WAIT', given, tell), LIMITS.pollWait.max),
    pollInterval: readNumber('POLL_INTERVAL', given, tell),
    maxOutputBytes: readNumber('MAX_OUTPUT_BYTES', given, tell),
    shell: readShell(given('WORKER_SHELL'), tell),
    spoolDir: resolve(expandHome(given('SPOOL_DIR') ?? '~/.openclaw-worker', machine.home)),
    logLevel: readLogLevel(given('LOG_LEVEL'), tell),
    proxy: {
      http: readProxy('HTTP_PROXY', given, tell),
      https: readProxy('HTTPS_PROXY', given, tell),
      exempt: given('no_proxy') ?? given('NO_PROXY') ?? '',
    },
    warnings: [],
  };
  if (problems.length > 0 || url === undefined) throw new ConfigError(problems);
  config.warnings = warningsFor(config, url);
  return config;
}

function readToken(token: string | undefined, tell: Tell): string {
  if (!token) tell('WORKER_TOKEN is required: set it to the token that the server was started with, or gave out');
  else if (!TOKEN.test(token))
    tell('WORKER_TOKEN must be at least 16 printable ASCII characters without spaces: check that it was copied whole');
  return token ?? '';
}

function readUrl(text: string | undefined, tell: Tell): URL | undefined {
  if (text === undefined) return new URL(`http://127.0.0.1:${DEFAULT_PORT}`);
  const url = parseUrl(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    tell('WORKER_URL must be an http or https address, such as https://tasks.example.com');
  } else if (url.username || url.password) {
    tell('WORKER_URL must not carry a user name or password: the token goes into WORKER_TOKEN');
  } else if (text.includes('?') || text.includes('#')) {
    tell('WORKER_URL must end with its path: leave out what begins with "?" or "#"');
  } else return url;
  return undefined;
}

function readName(name: string | undefined, hostname: string, tell: Tell): string {
  if (name === undefined) {
    const usable = hostname.replace(/[^\x21-\x7e]+/g, '-').slice(0, LIMITS.workerName);
    return usable || 'worker';
  }
  if (name.length > LIMITS.workerName || !NAME.test(name))
    tell(`WORKER_NAME must be 1 to ${LIMITS.workerName} printable ASCII characters, such as macbook`);
  return name;
}

function readList(text: string | undefined): string[] {
  const items = (text ?? '').split(',').map((item) => item.trim());
  return [...new Set(items.filter((item) => item !== ''))];
}

function readTags(text: string | undefined, tell: Tell): string[] {
  const tags = readList(text);
  if (tags.length > TAGS.count || tags.some((tag) => Buffer.byteLength(tag) > TAGS.bytes))
    tell(`WORKER_TAGS must be at most ${TAGS.count} tags of at most ${TAGS.bytes} bytes, separated by commas`);
  return tags;
}

function readKinds(text: string | undefined, tell: Tell): TaskType[] {
  const named = readList(text);
  const unknown = named.filter((kind) => !(TASK_TYPES as readonly string[]).includes(kind));
  if (unknown.length > 0)
    tell(`WORKER_KINDS names no task type with "${unknown.join('", "')}": choose from ${TASK_TYPES.join(', ')}`);
  return named.length === 0 ? [...TASK_TYPES] : TASK_TYPES.filter((kind) => named.includes(kind));
}

type Given = (name: string) => string | undefined;

function readNumber(name: keyof typeof NUMBERS, given: Given, tell: Tell): number {
  const { min, max, default: standard } = NUMBERS[name];
  const text = given(name);
  if (text === undefined) return standard;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  tell(`${name} must be a whole number from ${min} to ${max}, not "${text}"; leave it out for ${standard}`);
  return standard;
}

function readShell(path: string | undefined, tell: Tell): string | undefined {
  if (path !== undefined && !isAbsolute(path))
    tell(`WORKER_SHELL must be the absolute path of a shell, such as /bin/bash, not "${path}"`);
  return path;
}

function readLogLevel(text: string | undefined, tell: Tell): LogLevel {
  const level = LOG_LEVELS.find((known) => known === (text ?? 'info').toLowerCase());
  if (level === undefined) tell(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not "${text}"`);
  return level ?? 'info';
}

/** The address may hold a password, so that no text repeats it. */
function readProxy(name: string, given: Given, tell: Tell): string {
  // Both spellings are in use; curl and undici let the lower-case one win.
  const text = given(name.toLowerCase()) ?? given(name);
  if (text === undefined) return '';
  const address = text.includes('://') ? text : `http://${text}`;
  if (/^(https?|socks5):$/.test(parseUrl(address)?.protocol ?? '')) return address;
  tell(`${name} must be the address of a proxy, such as http://proxy.example.com:3128`);
  return '';
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isLoopback(url: URL): boolean {
  return url.hostname === '[::1]' || /^127(\.\d+){3}$|(^|\.)localhost$/.test(url.hostname);
}

function warningsFor({ proxy }: WorkerConfig, url: URL): string[] {
  const warnings: string[] = [];
  const loopback = isLoopback(url);
  if (url.protocol === 'http:' && !loopback)
    warnings.push(
      `WORKER_URL is plain http to ${url.hostname}: whoever is on the way can read the token and send commands to this machine; use https`,
    );
  const proxied = url.protocol === 'http:' ? proxy.http : proxy.https || proxy.http;
  if (loopback && proxied && !exempts(proxy.exempt, url.hostname))
    warnings.push(
      `WORKER_URL is on this machine, but goes through a proxy; set NO_PROXY=${url.hostname} to avoid that`,
    );
  return warnings;
}

function exempts(list: string, hostname: string): boolean {
  return list.split(/[,\s]+/).some((entry) => entry === '*' || entry.replace(/:\d+$/, '') === hostname);
}
