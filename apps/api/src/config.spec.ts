import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from './config.js';

const WORKER_TOKEN = 'kV7pQ2mX9sT4wZ6r';

/** The problems that `env` is refused for. */
function problems(env: Record<string, string>): string[] {
  try {
    loadConfig({ WORKER_TOKEN, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('loadConfig', () => {
  it('needs nothing but a token', () => {
    expect(loadConfig({ WORKER_TOKEN })).toEqual({
      token: WORKER_TOKEN,
      port: 3456,
      host: '127.0.0.1',
      databasePath: resolve('data/openclaw.db'),
      maxBodyBytes: 16 * 1024 * 1024,
      maxPending: 1_000_000,
      rateLimitPerMinute: 1200,
      authFailuresPerMinute: 20,
      retentionMs: 7 * 86_400_000,
      auditRetentionMs: 365 * 86_400_000,
      auditSigningKey: null,
      auditHeadsFile: null,
      auditHeadsWebhook: null,
      webhookAllowedAddresses: [],
      discord: null,
      shutdownGraceMs: 10_000,
      trustProxy: 0,
      logLevel: 'info',
      warnings: [],
    });
  });

  it('takes an empty variable for an unset one', () => {
    expect(loadConfig({ WORKER_TOKEN, WORKER_PORT: '', HOST: ' ' })).toMatchObject({ port: 3456, host: '127.0.0.1' });
  });

  it.each([
    ['WORKER_TOKEN', ''],
    ['WORKER_TOKEN', 'short'],
    ['WORKER_TOKEN', 'with a space in it'],
    ['WORKER_TOKEN', 'change-me-change-me'],
    ['WORKER_TOKEN', 'your-secret-token-here'],
    ['WORKER_TOKEN', 'aaaaaaaaaaaaaaaaaaaa'],
    ['WORKER_PORT', '70000'],
    ['WORKER_PORT', '0x10'],
    ['RATE_LIMIT_PER_MINUTE', '-1'],
    ['AUTH_FAILURES_PER_MINUTE', 'few'],
    ['HOST', 'a b'],
    ['DATABASE_URL', 'postgres://localhost/x'],
    ['DATABASE_URL', 'file::memory:'],
    ['MAX_BODY_BYTES', '-1'],
    ['MAX_PENDING', '0'],
    ['RETENTION_DAYS', 'week'],
    ['AUDIT_RETENTION_DAYS', '0'],
    ['AUDIT_SIGNING_KEY', 'secret'],
    ['AUDIT_HEADS_WEBHOOK', 'example.org/heads'],
    ['SHUTDOWN_GRACE_MS', '1.5'],
    ['WEBHOOK_ALLOWED_ADDRESSES', 'localhost'],
    ['WEBHOOK_ALLOWED_ADDRESSES', '10.0.0.0/33'],
    ['WEBHOOK_ALLOWED_ADDRESSES', '127.0.0.1,'],
    ['TRUST_PROXY', 'everybody'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '1.2.3.4/0'],
    ['RATE_LIMIT_PER_MINUTE', 'many'],
    ['LOG_LEVEL', 'loud'],
  ])('names %s when it is %j', (name, value) => {
    expect(problems({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  it('tells all mistakes at once, and never the token', () => {
    const told = problems({ WORKER_TOKEN: 'hunter2', WORKER_PORT: 'x', LOG_LEVEL: 'y' });
    expect(told).toHaveLength(3);
    expect(told.join()).not.toContain('hunter2');
  });

  it.each([
    ['file:/var/lib/openclaw/x.db', '/var/lib/openclaw/x.db'],
    ['file:///var/lib/x.db', '/var/lib/x.db'],
    ['file:./x.db', resolve('x.db')],
  ])('reads %s', (url, path) => {
    expect(loadConfig({ WORKER_TOKEN, DATABASE_URL: url }).databasePath).toBe(path);
  });

  it.each([
    ['2', 2],
    ['loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
  ])('trusts the proxies %s', (text, trustProxy) => {
    expect(loadConfig({ WORKER_TOKEN, TRUST_PROXY: text })).toMatchObject({ trustProxy });
  });

  it('takes addresses and ranges of both families that webhooks may call', () => {
    const config = loadConfig({ WORKER_TOKEN, WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1, 10.0.0.0/8,fd00::/8 , ::/0' });
    expect(config.webhookAllowedAddresses).toEqual(['127.0.0.1', '10.0.0.0/8', 'fd00::/8', '::/0']);
    expect(loadConfig({ WORKER_TOKEN }).webhookAllowedAddresses).toEqual([]);
  });

  it('signs heads of the audit with a key of its own, and never shows it', () => {
    const AUDIT_SIGNING_KEY = '4c'.repeat(32);
    const config = loadConfig({ WORKER_TOKEN, AUDIT_SIGNING_KEY, AUDIT_HEADS_FILE: 'heads.ndjson' });
    expect(config).toMatchObject({ auditHeadsFile: resolve('heads.ndjson'), warnings: [] });
    expect(config.auditSigningKey?.asymmetricKeyType).toBe('ed25519');
    const [problem] = problems({ AUDIT_SIGNING_KEY: `${AUDIT_SIGNING_KEY}4c` });
    expect(problem).toMatch(/^AUDIT_SIGNING_KEY .*openssl genpkey -algorithm ed25519/);
    expect(problem).not.toContain('4c4c');
  });

  it('warns of a place for heads that nothing signs', () => {
    expect(loadConfig({ WORKER_TOKEN, AUDIT_HEADS_FILE: 'heads.ndjson' }).warnings).toEqual([
      expect.stringMatching(/^AUDIT_HEADS_FILE has no effect/),
    ]);
  });
});
