import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '#logging';
import { ManualClock } from '../storage/testing/builders.js';
import type { TokenStore, TokenUse } from '../storage/token-store.js';
import { TokenUses } from './token-uses.js';

/** Keeps what it is told to touch, or fails. */
function keeping() {
  const kept: TokenUse[][] = [];
  const state = { failing: false };
  const touch = async (uses: readonly TokenUse[]) => {
    if (state.failing) throw new Error('away');
    kept.push([...uses]);
  };
  const clock = new ManualClock();
  const uses = new TokenUses({ touch } as unknown as TokenStore, clock, createLogger('test', 'silent'));
  return { uses, clock, kept, state };
}

describe('TokenUses', () => {
  it('stores the last use of each token once, however often it was used', async () => {
    const { uses, clock, kept } = keeping();
    uses.note('a', '192.0.2.1');
    const { wall } = clock.advance(10);
    uses.note('a', '192.0.2.2');
    uses.note('b', null);
    await uses.flush();
    await uses.flush();
    expect(kept).toEqual([
      [
        { id: 'a', at: wall, ip: '192.0.2.2' },
        { id: 'b', at: wall, ip: null },
      ],
    ]);
    expect(uses.lastOf('a')).toMatchObject({ at: wall });
  });

  it('stores at shutdown, and later what could not be stored', async () => {
    const { uses, kept, state } = keeping();
    state.failing = true;
    uses.note('a', null);
    await uses.flush();
    expect(kept).toEqual([]);
    state.failing = false;
    await uses.onApplicationShutdown();
    expect(kept).toMatchObject([[{ id: 'a' }]]);
  });

  it('stores nothing of a revoked token, nor of the token of the environment', async () => {
    const { uses, kept } = keeping();
    uses.note('a', null);
    uses.note('environment', null);
    uses.forget('a');
    await uses.flush();
    expect(kept).toEqual([]);
  });
});
