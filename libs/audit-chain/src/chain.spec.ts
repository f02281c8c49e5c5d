import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type AuditEntry, EMPTY_CHAIN, hashEntry, linkEntry } from './chain.js';

const SYSTEM = { id: 'system', name: 'system', role: 'system', ip: null, userAgent: null, requestId: null };
const event = {
  action: 'server.started',
  target: null,
  taskId: null,
  outcome: 'success',
  detail: { b: 1, a: 'ü' },
} as const;

describe('the audit chain', () => {
  it('ties each entry to the one before', () => {
    const first = linkEntry(EMPTY_CHAIN, event, SYSTEM, 5);
    const second = linkEntry(first, event, SYSTEM, 6);
    expect(first).toMatchObject({ seq: 1, prevHash: '0'.repeat(64) });
    expect(second).toMatchObject({ seq: 2, prevHash: first.hash });
  });

  it('hashes the RFC 8785 form: keys sorted, no spaces, UTF-8', () => {
    const { hash, ...entry } = linkEntry(EMPTY_CHAIN, event, SYSTEM, 5);
    const canonical =
      '{"action":"server.started","actor":{"id":"system","name":"system","role":"system"},"at":5,' +
      '"detail":{"a":"ü","b":1},"ip":null,"outcome":"success",' +
      `"prevHash":"${'0'.repeat(64)}","requestId":null,"seq":1,"target":null,"taskId":null,"userAgent":null}`;
    expect(hash).toBe(createHash('sha256').update(canonical).digest('hex'));
    expect(hashEntry(entry)).toBe(hash);
  });

  it('changes its hash with every field', () => {
    const { hash, ...entry } = linkEntry(EMPTY_CHAIN, event, SYSTEM, 5);
    const changes: Partial<AuditEntry>[] = [
      { at: 6 },
      { actor: { id: 'x', name: 'system', role: 'system' } },
      { detail: { b: 1, a: 'u' } },
      { outcome: 'denied' },
      { prevHash: '1'.repeat(64) },
      { seq: 2 },
    ];
    for (const change of changes) expect(hashEntry({ ...entry, ...change })).not.toBe(hash);
  });
});
