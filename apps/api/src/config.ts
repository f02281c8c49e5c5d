import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { LIMITS } from '#contracts';
import { LOG_LEVELS, type LogLevel } from '#logging';
import { readSigningKey } from './audit/signing-key.js';
import { type DiscordSettings, readDiscordSettings } from './discord/discord-settings.js';

export interface Config {
  token: string;
  port: number;
  host: string;
  /** Path of the SQLite file. */
  databasePath: string;
  maxBodyBytes: number;
  maxPending: number;
  /** Calls of one token; 0: any number. */
  rateLimitPerMinute: number;
  /** Bad tokens from one address; 0: any number. */
  authFailuresPerMinute: number;
  retentionMs: number;
  auditRetentionMs: number;
  /** Ed25519; null: heads of the audit are not signed. */
  auditSigningKey: KeyObject | null;
  /** Where signed heads are appended, and where they are posted. */
  auditHeadsFile: string | null;
  auditHeadsWebhook: string | null;
  /** Addresses and ranges that webhooks may call although they are not public. */
  webhookAllowedAddresses: string[];
  /** Null: there is no way in from Discord. */
  discord: DiscordSettings | null;
  shutdownGraceMs: number;
  /** Express's `trust proxy`: how many proxies stand before the server, or their addresses. */
  trustProxy: number | string[];
  logLevel: LogLevel;
  /** What the operator should know about these settings. */
  warnings: string[];
}

/** A setting that cannot be used. The message has one line for each, naming the variable and a good value. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

const DAY_MS = 86_400_000;
const MIN_TOKEN_LENGTH = 16;
/** What examples and templates ship with, compared without case and punctuation. */
const PLACEHOLDERS =
  /^(changeme|changethis|replaceme|replacethis|replacewith|insertyour|placeholder|yoursecret|yourtoken|yourworkertoken|yourapi|your(very)?(long|random|strong)|(my|super|very)*secrettoken(here)?$|workertoken(here)?$|password(password|123)*$)/;

function isPlaceholder(token: string): boolean {
  return /^(.)\1+$/.test(token) || PLACEHOLDERS.test(token.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

/** Reads every setting of the server from `env`, the only place that does. Throws `ConfigError` naming all that are bad. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const problems: string[] = [];
  const warnings: string[] = [];
  const get = (name: string) => env[name]?.trim() || undefined;

  function integer(name: string, standard: number, min: number, max: number): number {
    const text = get(name);
    if (text === undefined) return standard;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    problems.push(`${name} must be a whole number from ${min} to ${max}, such as ${name}=${standard}`);
    return standard;
  }

  const config: Config = {
    token: readToken(get('WORKER_TOKEN'), problems),
    port: integer('WORKER_PORT', 3456, 0, 65_535),
    host: readHost(get('HOST'), problems),
    databasePath: readDatabasePath(get('DATABASE_URL'), problems),
    maxBodyBytes: integer('MAX_BODY_BYTES', 16 * 1024 * 1024, 1024, LIMITS.workerBodyBytes),
    maxPending: integer('MAX_PENDING', 1_000_000, 1, Number.MAX_SAFE_INTEGER),
    rateLimitPerMinute: integer('RATE_LIMIT_PER_MINUTE', 1200, 0, 1_000_000_000),
    authFailuresPerMinute: integer('AUTH_FAILURES_PER_MINUTE', 20, 0, 1_000_000_000),
    retentionMs: integer('RETENTION_DAYS', 7, 1, 36_500) * DAY_MS,
    auditRetentionMs: integer('AUDIT_RETENTION_DAYS', 365, 1, 36_500) * DAY_MS,
    auditSigningKey: readAuditSigningKey(get('AUDIT_SIGNING_KEY'), problems),
    auditHeadsFile: resolvedPath(get('AUDIT_HEADS_FILE')),
    auditHeadsWebhook: readAuditHeadsWebhook(get('AUDIT_HEADS_WEBHOOK'), problems),
    webhookAllowedAddresses: readAllowedAddresses(get('WEBHOOK_ALLOWED_ADDRESSES'), problems),
    discord: readDiscordSettings(get, problems, warnings),
    shutdownGraceMs: integer('SHUTDOWN_GRACE_MS', 10_000, 0, 3_600_000),
    trustProxy: readTrustProxy(get('TRUST_PROXY'), problems),
    logLevel: readLogLevel(get('LOG_LEVEL'), problems),
    warnings,
  };
  for (const name of ['AUDIT_HEADS_FILE', 'AUDIT_HEADS_WEBHOOK']) {
    if (get(name) !== undefined && config.auditSigningKey === null) {
      warnings.push(`${name} has no effect without AUDIT_SIGNING_KEY: there are no signed heads`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** What no line of the log may show. */
export function secretsOf({ token, auditSigningKey, discord }: Config): string[] {
  const key = auditSigningKey ? [String(auditSigningKey.export({ format: 'pem', type: 'pkcs8' }))] : [];
  return [token, ...key, ...(discord?.botToken ? [discord.botToken] : [])];
}

/** Where the database is, for programs that need no other setting. Throws `ConfigError`. */
export function loadDatabasePath(env: Record<string, string | undefined>): string {
  const problems: string[] = [];
  const path = readDatabasePath(env.DATABASE_URL?.trim() || undefined, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return path;
}

function readToken(token: string | undefined, problems: string[]): string {
  const hint = 'make one with: openssl rand -base64 32';
  if (token === undefined) problems.push(`WORKER_TOKEN is required; ${hint}`);
  else if (!/^[\x21-\x7e]+$/.test(token)) problems.push(`WORKER_TOKEN must be printable ASCII without spaces; ${hint}`);
  else if (token.length < MIN_TOKEN_LENGTH)
    problems.push(`WORKER_TOKEN must have at least ${MIN_TOKEN_LENGTH} characters; ${hint}`);
  else if (isPlaceholder(token)) problems.push(`WORKER_TOKEN is a well-known placeholder; ${hint}`);
  return token ?? '';
}

function readHost(host: string | undefined, problems: string[]): string {
  if (host === undefined) return '127.0.0.1';
  if (!/^[A-Za-z0-9.:_-]+$/.test(host)) problems.push('HOST must be an address or a name, such as HOST=127.0.0.1');
  return host;
}

function readDatabasePath(url: string | undefined, problems: string[]): string {
  const path = (url ?? 'file:./data/openclaw.db').match(/^file:(?:\/\/(?=\/))?([^?#]+)$/)?.[1];
  if (path === undefined || path.endsWith('/') || path.includes(':memory:')) {
    problems.push('DATABASE_URL must be file: and the path of a file, such as DATABASE_URL=file:./data/openclaw.db');
  }
  return resolve(path ?? '');
}

const resolvedPath = (path: string | undefined) => (path === undefined ? null : resolve(path));

function readAuditSigningKey(text: string | undefined, problems: string[]): KeyObject | null {
  if (text === undefined) return null;
  try {
    return readSigningKey(text);
  } catch (error) {
    problems.push(
      `AUDIT_SIGNING_KEY must be an Ed25519 private key or the path of one (${(error as Error).message}); ` +
        'make one with: openssl genpkey -algorithm ed25519 -out audit-key.pem',
    );
    return null;
  }
}

function readAuditHeadsWebhook(url: string | undefined, problems: string[]): string | null {
  if (url === undefined) return null;
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    problems.push('AUDIT_HEADS_WEBHOOK must be a URL, such as AUDIT_HEADS_WEBHOOK=https://example.org/audit-heads');
  }
  return url;
}

function readAllowedAddresses(text: string | undefined, problems: string[]): string[] {
  const addresses = text?.split(',').map((address) => address.trim()) ?? [];
  if (!addresses.every((address) => isAddressRange(address, 0))) {
    problems.push(
      'WEBHOOK_ALLOWED_ADDRESSES must be a list of addresses and ranges, such as WEBHOOK_ALLOWED_ADDRESSES=127.0.0.1,10.0.0.0/8',
    );
  }
  return addresses;
}

function readTrustProxy(text: string | undefined, problems: string[]): number | string[] {
  if (text === undefined || text === 'none') return 0;
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const proxies = text.split(',').map((proxy) => proxy.trim());
  if (!proxies.every(isProxy)) {
    problems.push('TRUST_PROXY must be a number of proxies or a list of their addresses, such as TRUST_PROXY=loopback');
  }
  return proxies;
}

const isProxy = (text: string) => /^(loopback|linklocal|uniquelocal)$/.test(text) || isAddressRange(text, 1);

function isAddressRange(text: string, fewestBits: number): boolean {
  const [address = '', range, ...rest] = text.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (rest.length > 0 || bits === 0) return false;
  return range === undefined || (/^\d{1,3}$/.test(range) && Number(range) >= fewestBits && Number(range) <= bits);
}

function readLogLevel(level: string | undefined, problems: string[]): LogLevel {
  const known = LOG_LEVELS.find((name) => name === (level ?? 'info'));
  if (known === undefined) problems.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`);
  return known ?? 'info';
}
