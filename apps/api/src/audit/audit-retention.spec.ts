import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditedServer } from '../../test/audited-server.js';

let server: AuditedServer;
beforeEach(() => {
  server = new AuditedServer(false);
});
afterEach(() => server.end());

const checkpoints = async () => (await server.storage.audit.list({ action: 'audit.checkpoint' }, 10, null)).entries;

describe('AuditRetention', () => {
  it('removes more than a page behind one checkpoint, and the rest verifies', async () => {
    await server.record(700);
    server.advanceDays(1);
    await server.record(3);
    await server.retention.sweep();
    expect(await checkpoints()).toMatchObject([{ detail: { removedThrough: 700, removed: 700 } }]);
    expect(await server.verify()).toMatchObject({ ok: true, entries: 4, firstSeq: 701, lastSeq: 704 });
    await server.retention.sweep();
    expect(await checkpoints()).toHaveLength(1);
  });

  it('goes on with what it had named when the server was killed', async () => {
    await server.record(10);
    server.advanceDays(2);
    const now = server.clock.now();
    await server.storage.audit.checkpoint(now.wall - 86_400_000, now);
    await server.storage.audit.removeCovered(4);
    server.restart();
    expect(await server.verify()).toMatchObject({ ok: true, firstSeq: 5 });
    await server.retention.sweep();
    expect(await server.verify()).toMatchObject({ ok: true, firstSeq: 11, entries: 1 });
    expect(await checkpoints()).toHaveLength(1);
  });

  it('removes nothing under who reads', async () => {
    await server.record(5);
    server.advanceDays(2);
    let finish: () => void = () => undefined;
    const reading = server.readers.during(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const sweeping = server.retention.sweep();
    while ((await checkpoints()).length === 0) await server.record(1);
    expect(await server.storage.audit.extent()).toMatchObject({ firstSeq: 1 });
    finish();
    await Promise.all([reading, sweeping]);
    expect(await server.storage.audit.extent()).toMatchObject({ firstSeq: 6 });
    expect(await server.verify()).toMatchObject({ ok: true });
  });

  it('shows when the checkpoint is removed as well', async () => {
    await server.record(10);
    server.advanceDays(2);
    await server.retention.sweep();
    await server.record(3);
    server.tamper((raw) => raw.exec('DELETE FROM audit_entries WHERE seq = 11'));
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 1 });
  });

  it('shows when more was removed than the checkpoint says', async () => {
    await server.record(10);
    server.advanceDays(2);
    await server.record(3);
    await server.retention.sweep();
    server.tamper((raw) => raw.exec('DELETE FROM audit_entries WHERE seq = 11'));
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 11 });
  });

  it('shows when the first entry that is left does not follow from the checkpoint', async () => {
    await server.record(10);
    server.advanceDays(2);
    await server.record(2);
    await server.retention.sweep();
    server.rewriteFrom(11, { prevHash: 'f'.repeat(64) });
    server.restart();
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 11 });
  });
});
