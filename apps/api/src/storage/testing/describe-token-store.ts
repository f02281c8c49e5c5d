import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { AuditEntry } from '#audit-chain';
import type { NewToken, TokenStore } from '../token-store.js';
import { ManualClock, operator } from './builders.js';

/** What the suite needs of an adapter beside the port. */
export interface TokenStoreUnderTest {
  store: TokenStore;
  /** The whole audit, oldest first. */
  auditTrail(): Promise<AuditEntry[]>;
  /** Closes the store and opens what it has kept, as a restart of the server does. */
  reopen(): Promise<TokenStoreUnderTest>;
  close(): Promise<void>;
}

const UNKNOWN = '0190b3c0-0000-7000-8000-000000000099';
const hash = (letter: string) => letter.repeat(64);

/** The behaviour that every adapter of the port shows. */
export function describeTokenStore(makeStore: () => Promise<TokenStoreUnderTest>): void {
  let under: TokenStoreUnderTest;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = new ManualClock();
    under = await makeStore();
  });
  afterEach(() => under.close());

  const store = () => under.store;
  const now = () => clock.now();
  const aToken = (change: Partial<NewToken> = {}): NewToken => ({
    id: uuidv7(),
    name: 'laptop',
    role: 'client',
    expiresAt: null,
    ...change,
  });
  const create = (letter: string, change: Partial<NewToken> = {}) =>
    store().create(aToken(change), hash(letter), operator, now());
  /** Which secrets there are, and until when. */
  const secrets = async () =>
    Object.fromEntries((await store().secrets()).map((known) => [known.hash[0], known.validUntil]));

  it('keeps a token and the hash of its secret over a restart', async () => {
    const made = await create('a', { expiresAt: 5_000_000_000_000 });
    under = await under.reopen();
    expect(made).toEqual({
      id: expect.any(String),
      name: 'laptop',
      role: 'client',
      createdAt: now().wall,
      expiresAt: 5_000_000_000_000,
      rotatedAt: null,
      lastUsedAt: null,
      lastUsedIp: null,
    });
    expect(await store().find(made.id)).toEqual(made);
    expect(await store().secrets()).toEqual([{ hash: hash('a'), token: made, validUntil: null }]);
    expect(await store().find(UNKNOWN)).toBeNull();
  });

  it('lists newest first, and stays stable while tokens are made', async () => {
    const ids = [];
    for (const letter of 'abc') ids.unshift((await create(letter)).id);
    const first = await store().list(2, null);
    expect(first.tokens.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    await create('d');
    const second = await store().list(2, first.next);
    expect(second).toMatchObject({ tokens: [{ id: ids[2] }], next: null });
  });

  it('rotates: the secret before lasts for its grace, the ones before that end', async () => {
    const { id } = await create('a');
    clock.advance(10);
    const until = now().wall + 1000;
    expect(await store().rotate(id, hash('b'), until, operator, now())).toMatchObject({ id, rotatedAt: now().wall });
    expect(await secrets()).toEqual({ a: until, b: null });
    await store().rotate(id, hash('c'), until + 1, operator, now());
    expect(await secrets()).toEqual({ b: until + 1, c: null });
    await store().rotate(id, hash('d'), null, operator, now());
    expect(await secrets()).toEqual({ d: null });
  });

  it('leaves the secrets of others alone', async () => {
    const [one] = [await create('a'), await create('b')];
    await store().rotate(one.id, hash('c'), null, operator, now());
    expect(await secrets()).toEqual({ b: null, c: null });
    await store().revoke(one.id, operator, now());
    expect(await secrets()).toEqual({ b: null });
  });

  it('revokes a token with all its secrets', async () => {
    const { id } = await create('a');
    await store().rotate(id, hash('b'), now().wall + 1000, operator, now());
    expect(await store().revoke(id, operator, now())).toBe(true);
    expect(await store().find(id)).toBeNull();
    expect(await store().secrets()).toEqual([]);
    expect(await store().revoke(id, operator, now())).toBe(false);
    expect(await store().rotate(id, hash('c'), null, operator, now())).toBeNull();
  });

  it('notes the last use of those that are there', async () => {
    const { id } = await create('a');
    const uses = [
      { id, at: 7, ip: '::1' },
      { id: UNKNOWN, at: 8, ip: null },
    ];
    await store().touch(uses);
    expect(await store().find(id)).toMatchObject({ lastUsedAt: 7, lastUsedIp: '::1' });
    expect(await store().find(UNKNOWN)).toBeNull();
  });

  it('records every change, with neither secret nor hash, and nothing else', async () => {
    const { id } = await create('a');
    await store().rotate(id, hash('b'), 9_000, operator, now());
    await store().revoke(id, operator, now());
    await store().revoke(id, operator, now());
    await store().touch([{ id, at: 7, ip: null }]);
    const trail = await under.auditTrail();
    const named = { name: 'laptop', role: 'client' };
    expect(trail.map(({ action, target, detail }) => ({ action, target, detail }))).toEqual([
      { action: 'token.created', target: id, detail: { ...named, expiresAt: null } },
      { action: 'token.rotated', target: id, detail: { ...named, previousValidUntil: 9_000 } },
      { action: 'token.revoked', target: id, detail: named },
    ]);
    expect(trail.every(({ actor, outcome }) => actor.id === operator.id && outcome === 'success')).toBe(true);
    expect(JSON.stringify(trail)).not.toMatch(/a{64}|b{64}/);
  });

  it('changes nothing when its secret cannot be kept', async () => {
    await create('a');
    await expect(create('a', { name: 'second' })).rejects.toHaveProperty('message');
    expect((await store().list(10, null)).tokens).toHaveLength(1);
    expect(await under.auditTrail()).toHaveLength(1);
  });
}
