import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { destinationOf, readKeep, removeAbandoned, removeOldest } from './backup-folder.js';

const AT = Date.UTC(2026, 0, 31, 23, 59, 59, 7);

describe('the folder of backups', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'backups-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (...names: string[]) => {
    for (const name of names) writeFileSync(join(folder, name), name);
  };

  it('is beside the database unless another is named, and a file is taken by its name', () => {
    const name = 'openclaw-20260131T235959.007Z.db';
    expect(destinationOf(undefined, '/srv/openclaw/openclaw.db', AT)).toBe(`/srv/openclaw/backups/${name}`);
    expect(destinationOf(folder, '/srv/openclaw.db', AT)).toBe(join(folder, name));
    expect(destinationOf('/backups/', '/srv/openclaw.db', AT)).toBe(`/backups/${name}`);
    expect(destinationOf('/backups/today.db', '/srv/openclaw.db', AT)).toBe('/backups/today.db');
  });

  it('keeps the newest, and whatever has another name', () => {
    put('openclaw-20260101T000000.000Z.db', 'openclaw-20251231T235959.999Z.db', 'openclaw-20260101T000000.001Z.db');
    put('openclaw-before-upgrade.db', 'notes.txt', 'openclaw-20260101T000000.000Z.db.bak');
    const made = join(folder, 'openclaw-20260101T000000.001Z.db');
    expect(removeOldest(made, 2)).toEqual([join(folder, 'openclaw-20251231T235959.999Z.db')]);
    expect(removeOldest(made, 2)).toEqual([]);
    removeOldest(made, 1);
    expect(readdirSync(folder).sort()).toEqual([
      'notes.txt',
      'openclaw-20260101T000000.000Z.db.bak',
      'openclaw-20260101T000000.001Z.db',
      'openclaw-before-upgrade.db',
    ]);
  });

  it('loses what a killed backup has left a day ago, not what one is writing', () => {
    const [old, young] = ['openclaw-20260101T000000.000Z.db.77.partial', 'openclaw-20260131T000000.000Z.db.78.partial'];
    put(old, young, 'mine.partial');
    utimesSync(join(folder, old), AT / 1000 - 90_000, AT / 1000 - 90_000);
    utimesSync(join(folder, young), AT / 1000, AT / 1000);
    removeAbandoned(join(folder, 'openclaw-20260131T235959.007Z.db'), AT);
    expect(readdirSync(folder).sort()).toEqual(['mine.partial', young]);
  });

  it('is what --keep goes with', () => {
    expect(readKeep(undefined, undefined)).toBeNull();
    expect(readKeep('14', undefined)).toBe(14);
    expect(readKeep('14', folder)).toBe(14);
    for (const text of ['0', '-1', '1.5', 'all', '']) expect(() => readKeep(text, folder)).toThrow(/--keep 14/);
    expect(() => readKeep('3', join(folder, 'one.db'))).toThrow(/goes with a folder/);
  });
});
