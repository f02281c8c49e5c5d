import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '#logging';
import { type Config, loadConfig } from '../config.js';
import type { TokenRole } from '../domain/actor.js';
import { openDatabase } from '../storage/sqlite/database.js';
import { SqliteStorage } from '../storage/sqlite/sqlite-storage.js';
import { ManualClock, operator } from '../storage/testing/builders.js';
import { TokenRegistry } from './token-registry.js';
import { TokenUses } from './token-uses.js';
import { TokensService } from './tokens.service.js';

const WORKER_TOKEN = 'kV7pQ2mX9sT4wZ6r';
const call = { actor: operator, gone: new AbortController().signal };

let folder: string;
let clock: ManualClock;
let config: Config;
let storage: SqliteStorage;
let registry: TokenRegistry;
let tokens: TokensService;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  clock = new ManualClock();
  config = loadConfig({ WORKER_TOKEN });
  await start();
});
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  storage = new SqliteStorage(openDatabase(join(folder, 'test.db')), { maxPending: 1 });
  registry = new TokenRegistry(storage.tokens, clock, config);
  await registry.onModuleInit();
  const uses = new TokenUses(storage.tokens, clock, createLogger('test', 'silent'));
  tokens = new TokensService(storage.tokens, clock, registry, uses);
}

function stop(): void {
  registry.onModuleDestroy();
  storage.close();
}

const make = (expiresIn?: number, role: TokenRole = 'client') =>
  tokens.create({ name: 'laptop', role, expiresIn }, call);
/** The signal that ends what is held for a good secret. */
function revokedOf(secret: string): AbortSignal | null {
  const verdict = registry.verify(secret);
  if (!verdict.good) throw new Error(`the secret is not good: ${verdict.failure}`);
  return verdict.revoked;
}
const failureOf = (secret: string) => {
  const verdict = registry.verify(secret);
  return verdict.good ? null : verdict.failure;
};

describe('TokenRegistry', () => {
  it('knows WORKER_TOKEN as an admin token that nothing ends', () => {
    const holder = { id: 'environment', name: 'WORKER_TOKEN', role: 'admin' };
    expect(registry.verify(WORKER_TOKEN)).toEqual({ good: true, holder, revoked: null });
  });

  it.each(['', 'kV7pQ2mX9sT4wZ6', 'kV7pQ2mX9sT4wZ6rx', 'KV7PQ2MX9ST4WZ6R'])('does not know %j', (secret) => {
    expect(failureOf(secret)).toBe('unknown');
  });

  it('knows after a restart what it knew before, from hashes', async () => {
    const { id, token } = await make(undefined, 'viewer');
    stop();
    for (const file of ['test.db', 'test.db-wal']) {
      const kept = readFileSync(join(folder, file), { flag: 'a+' });
      expect(kept.includes(token)).toBe(false);
    }
    await start();
    expect(registry.verify(token)).toMatchObject({ good: true, holder: { id, name: 'laptop', role: 'viewer' } });
  });

  it('ends a token when its time is over, and what is held for it', async () => {
    const { token } = await make(5000);
    const revoked = revokedOf(token);
    clock.advance(4999);
    registry.endLapsed();
    expect(revoked?.aborted).toBe(false);
    clock.advance(1);
    expect(failureOf(token)).toBe('expired');
    registry.endLapsed();
    expect(revoked?.reason).toMatchObject({ code: 'unauthorized', headers: { 'WWW-Authenticate': 'Bearer' } });
  });

  it('ends what is held by itself, without being asked', async () => {
    const { token } = await make(1000);
    const revoked = revokedOf(token);
    clock.advance(1000);
    // Arms the timer anew, by the clock that has moved.
    await make(1001);
    await make(1);
    await new Promise((resolve) => revoked?.addEventListener('abort', resolve));
    expect(failureOf(token)).toBe('expired');
  });

  it('takes a token as good again whose clock was set back', async () => {
    const { token } = await make(1000);
    revokedOf(token);
    clock.advance(1000);
    registry.endLapsed();
    clock.advance(-500);
    expect(revokedOf(token)?.aborted).toBe(false);
  });

  it('gives the secret before a rotation its grace, over a restart too, and no more', async () => {
    const { id, token } = await make();
    const revoked = revokedOf(token);
    const rotated = await tokens.rotate(id, 1000, call);
    expect([failureOf(token), failureOf(rotated.token), revoked?.aborted]).toEqual([null, null, false]);
    stop();
    await start();
    expect([failureOf(token), failureOf(rotated.token)]).toEqual([null, null]);
    clock.advance(1000);
    expect([failureOf(token), failureOf(rotated.token)]).toEqual(['replaced', null]);
  });

  it('ends the secret before a rotation at once without a grace, and keeps that of the other', async () => {
    const [{ id, token }, other] = [await make(), await make()];
    const revoked = revokedOf(token);
    const held = revokedOf(other.token);
    const rotated = await tokens.rotate(id, 0, call);
    expect([failureOf(token), failureOf(rotated.token)]).toEqual(['unknown', null]);
    expect([revoked?.aborted, held?.aborted, revokedOf(rotated.token)?.aborted]).toEqual([true, false, false]);
  });

  it('lets an earlier secret of two rotations go, and keeps the later one for its grace', async () => {
    const { id, token } = await make();
    const second = await tokens.rotate(id, 1000, call);
    const third = await tokens.rotate(id, 1000, call);
    expect([token, second.token, third.token].map(failureOf)).toEqual(['unknown', null, null]);
  });

  it('forgets a revoked token with every secret of it', async () => {
    const { id, token } = await make();
    const rotated = await tokens.rotate(id, 1000, call);
    const held = [revokedOf(token), revokedOf(rotated.token)];
    await tokens.revoke(id, call);
    expect([failureOf(token), failureOf(rotated.token)]).toEqual(['unknown', 'unknown']);
    expect(held.map((signal) => signal?.aborted)).toEqual([true, true]);
  });

  it('follows changes that are made at the same time, in the order of their commits', async () => {
    const { id, token } = await make();
    const [first, second] = await Promise.all([
      tokens.rotate(id, 0, call),
      tokens.rotate(id, 0, call),
      tokens.rotate(id, 0, call).then(() => tokens.revoke(id, call)),
    ]);
    expect([token, first.token, second.token].map(failureOf)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(await storage.tokens.secrets()).toEqual([]);
  });

  it('changes nothing when the change cannot be stored', async () => {
    const { id, token } = await make();
    const { revoke } = storage.tokens;
    storage.tokens.revoke = () => Promise.reject(new Error('away'));
    await expect(tokens.revoke(id, call)).rejects.toThrow('away');
    expect(failureOf(token)).toBeNull();
    storage.tokens.revoke = revoke;
    await tokens.revoke(id, call);
    expect(failureOf(token)).toBe('unknown');
  });

  it('does not rotate what has expired', async () => {
    const { id } = await make(1000);
    clock.advance(1000);
    await expect(tokens.rotate(id, 0, call)).rejects.toMatchObject({ code: 'token_expired' });
  });

  it.each(['system', 'Anonymous', 'WORKER_TOKEN', 'environment'])('calls no token %s', async (name) => {
    await expect(tokens.create({ name, role: 'client' }, call)).rejects.toMatchObject({ errors: [{ field: 'name' }] });
  });
});
