import 'reflect-metadata';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type Database from 'better-sqlite3';
import { type Evidence, parseHeads, verifyFile } from '#audit-chain';
import { AuditedServer } from '../../test/audited-server.js';
import { openAuditFile } from '../storage/audit-file.js';

const NO_EVIDENCE: Evidence = { heads: [], unreadable: 0, publicKeys: [] };
const COUNT = 10;
const FORGED = { detail: { command: 'nothing to see' } };

/** One byte of each column of the row 5; the first argument is what stands there. */
const BYTES: [string, string][] = [
  ['seq', 'UPDATE audit_entries SET seq = 105 WHERE seq = 5'],
  ['at', 'UPDATE audit_entries SET at = at + 1 WHERE seq = 5'],
  ...[
    'actor_id',
    'actor_name',
    'actor_role',
    'ip',
    'user_agent',
    'request_id',
    'action',
    'target',
    'task_id',
    'outcome',
    'prev_hash',
    'hash',
  ].map((column): [string, string] => [
    column,
    `UPDATE audit_entries SET ${column} = iif(substr(${column}, 1, 1) = 'f', 'e', 'f') || substr(${column}, 2) WHERE seq = 5`,
  ]),
  ['a value of detail', `UPDATE audit_entries SET detail = replace(detail, 'echo', 'ecHo') WHERE seq = 5`],
  ['a name of detail', `UPDATE audit_entries SET detail = replace(detail, 'nested', 'command') WHERE seq = 5`],
  ['the form of detail', `UPDATE audit_entries SET detail = replace(detail, ',', ', ') WHERE seq = 5`],
  ['the JSON of detail', `UPDATE audit_entries SET detail = replace(detail, '{', '[') WHERE seq = 5`],
  ['an empty target for none', `UPDATE audit_entries SET target = '' WHERE seq = 5`],
];

const remove = (raw: Database.Database) => raw.exec('DELETE FROM audit_entries WHERE seq = 5');
const swap = (raw: Database.Database) =>
  raw.exec(`UPDATE audit_entries SET seq = -1 WHERE seq = 5; UPDATE audit_entries SET seq = 5 WHERE seq = 8;
    UPDATE audit_entries SET seq = 8 WHERE seq = -1;`);
const insertAtEnd = (raw: Database.Database) =>
  raw.exec(`INSERT INTO audit_entries SELECT 11, at, actor_id, actor_name, actor_role, ip, user_agent, request_id, action,
    target, task_id, outcome, detail, prev_hash, hash FROM audit_entries WHERE seq = 10`);
const insertWithin = (raw: Database.Database) => {
  raw.exec(
    'UPDATE audit_entries SET seq = -seq - 1 WHERE seq >= 5; UPDATE audit_entries SET seq = -seq WHERE seq < 0;',
  );
  raw.exec(`INSERT INTO audit_entries SELECT 5, at, actor_id, actor_name, actor_role, ip, user_agent, request_id, action,
    target, task_id, outcome, detail, prev_hash, hash FROM audit_entries WHERE seq = 4`);
};

const CHANGES: [string, number, (raw: Database.Database) => void][] = [
  ...BYTES.map(([what, sql]): [string, number, (raw: Database.Database) => void] => [
    `a change of ${what}`,
    5,
    (raw) => raw.exec(sql),
  ]),
  ['a removed entry', 5, remove],
  ['two that were swapped', 5, swap],
  ['one that was added', 11, insertAtEnd],
  ['one that was put between', 5, insertWithin],
  ['a removed beginning', 1, (raw) => raw.exec('DELETE FROM audit_entries WHERE seq <= 3')],
];

describe('without signed heads', () => {
  let server: AuditedServer;
  beforeEach(async () => {
    server = new AuditedServer(false);
    await server.record(COUNT);
    expect(await server.verify()).toMatchObject({ ok: true, entries: COUNT, firstSeq: 1, lastSeq: COUNT });
  });
  afterEach(() => server.end());

  async function offline(path: string) {
    const file = openAuditFile(path);
    try {
      return await verifyFile(file, NO_EVIDENCE);
    } finally {
      file.close();
    }
  }

  /** What the server would export. */
  async function exported(): Promise<string> {
    const span = { after: Number.MIN_SAFE_INTEGER, through: Number.MAX_SAFE_INTEGER };
    const { entries } = await server.storage.audit.page({}, span, 1000);
    const path = join(server.folder, 'audit.ndjson');
    writeFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    return path;
  }

  it.each(CHANGES)('the server finds %s at %i', async (_, brokenAt, change) => {
    server.tamper(change);
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt, reason: expect.any(String) });
    server.restart();
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt });
  });

  it.each(CHANGES)('the offline command finds %s at %i', async (_, brokenAt, change) => {
    server.tamper(change);
    // The file is read while its server has it open.
    expect(await offline(server.path)).toMatchObject({ ok: false, brokenAt });
    expect(await offline(await exported())).toMatchObject({ ok: false, brokenAt });
  });

  it('a running server knows its tail', async () => {
    server.rewriteFrom(9, FORGED);
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: COUNT });
    server.tamper((raw) => raw.exec('DELETE FROM audit_entries WHERE seq > 8'));
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 9 });
    server.restart();
    // Nothing is left that could know better: this is what signed heads are for.
    expect(await server.verify()).toMatchObject({ ok: true, entries: 8 });
  });

  it('a whole copy and a whole export are whole', async () => {
    const whole = { ok: true, entries: COUNT, firstSeq: 1, lastSeq: COUNT };
    expect(await offline(server.path)).toMatchObject(whole);
    const path = await exported();
    expect(await offline(path)).toMatchObject(whole);
    server.storage.close();
    const copy = join(server.folder, 'copy.db');
    copyFileSync(server.path, copy);
    expect(await offline(copy)).toMatchObject(whole);
    server.start();
  });

  it('an export that was cut inside a line, or edited, is broken where that is', async () => {
    const path = await exported();
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, -40));
    expect(await offline(path)).toMatchObject({
      ok: false,
      brokenAt: COUNT,
      reason: `line ${COUNT} is not an entry of an audit`,
    });
    writeFileSync(path, text.replace('echo 4', 'echo 5'));
    expect(await offline(path)).toMatchObject({ ok: false, brokenAt: 5 });
    writeFileSync(path, text.replace('"seq":7,', '"seq":7,"more":1,'));
    expect(await offline(path)).toMatchObject({ ok: false, brokenAt: 7 });
    writeFileSync(path, '');
    expect(await offline(path)).toMatchObject({ ok: true, entries: 0, head: null });
  });
});

describe('with signed heads', () => {
  let server: AuditedServer;
  beforeEach(async () => {
    server = new AuditedServer();
    await server.record(4);
    await server.heads.sign();
    await server.record(4);
    await server.heads.sign();
    await server.record(2);
    expect(await server.verify()).toMatchObject({ ok: true, entries: COUNT, heads: { checked: 2 } });
  });
  afterEach(() => server.end());

  async function offline() {
    const evidence = { ...parseHeads(readFileSync(server.headsFile, 'utf8')), publicKeys: [server.keys.publicKey] };
    const file = openAuditFile(server.path);
    try {
      return await verifyFile(file, evidence);
    } finally {
      file.close();
    }
  }

  it('a cut tail shows, also when the chain has grown again', async () => {
    server.tamper((raw) => raw.exec('DELETE FROM audit_entries WHERE seq > 6'));
    server.restart();
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 7 });
    expect(await offline()).toMatchObject({ ok: false, brokenAt: 7 });
    await server.record(5);
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 8 });
    expect(await offline()).toMatchObject({ ok: false, brokenAt: 8 });
  });

  it('a cut tail shows by the file when the table was cleaned', async () => {
    server.tamper((raw) => raw.exec('DELETE FROM audit_entries WHERE seq > 6; DELETE FROM audit_heads'));
    server.restart();
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 7 });
  });

  it('a rewritten tail shows at the first head that knew another', async () => {
    server.rewriteFrom(6, FORGED);
    server.restart();
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 8, reason: expect.stringMatching(/rewritten/) });
    expect(await offline()).toMatchObject({ ok: false, brokenAt: 8 });
    server.rewriteFrom(2, FORGED);
    server.restart();
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 4 });
  });

  it('a head that was forged shows by its signature', async () => {
    server.tamper((raw) => raw.exec('UPDATE audit_heads SET at = at + 1 WHERE seq = 8'));
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 8, reason: expect.stringMatching(/signature/) });
  });

  it('heads of another key are compared by their hashes', async () => {
    server.tamper((raw) => raw.exec("UPDATE audit_heads SET key_id = 'another'"));
    expect(await server.verify()).toMatchObject({ ok: true, heads: { checked: 4, unknownKey: 2 } });
  });

  it('lines that are no heads are counted, a torn last one is not', async () => {
    const text = readFileSync(server.headsFile, 'utf8');
    writeFileSync(server.headsFile, `what\n${text}{"seq":`);
    expect(await server.verify()).toMatchObject({ ok: true, heads: { checked: 2, unreadable: 1 } });
  });

  it('heads above the point that a restore went back to are set aside', async () => {
    server.tamper((raw) => raw.exec('DELETE FROM audit_entries WHERE seq > 6; UPDATE installation SET epoch = 1'));
    server.restart();
    await server.record(1, { action: 'server.restored', detail: { epoch: 1, restoredSeq: 6 } });
    await server.record(3);
    await server.heads.sign();
    expect(await server.verify()).toMatchObject({ ok: true, heads: { checked: 2, setAside: 1 } });
    expect(await offline()).toMatchObject({ ok: true, heads: { checked: 2, setAside: 1 } });
    // One of the new epoch is not.
    server.tamper((raw) => raw.exec('DELETE FROM audit_entries WHERE seq > 8'));
    server.restart();
    expect(await server.verify()).toMatchObject({ ok: false, brokenAt: 9 });
  });

  it('heads of what retention has removed are skipped', async () => {
    server.advanceDays(2);
    await server.record(1);
    await server.retention.sweep();
    expect(await server.verify()).toMatchObject({
      ok: true,
      firstSeq: COUNT + 1,
      checkpoint: { removedThrough: COUNT },
      heads: { checked: 0, skipped: 2 },
    });
    expect(await offline()).toMatchObject({ ok: true, firstSeq: COUNT + 1 });
  });
});
