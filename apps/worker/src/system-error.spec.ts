import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { codeOf, hasCode, messageOf } from './system-error.js';

function thrownBySystem(): unknown {
  try {
    return readFileSync('/no/such/file');
  } catch (cause) {
    return cause;
  }
}

describe('a system error', () => {
  it('is known by its code', () => {
    expect(codeOf(thrownBySystem())).toBe('ENOENT');
    expect(hasCode(thrownBySystem(), 'EACCES', 'ENOENT')).toBe(true);
    expect(hasCode(thrownBySystem(), 'EACCES')).toBe(false);
    expect(messageOf(thrownBySystem())).toMatch(/^ENOENT: no such file or directory/);
  });

  it('is nothing else that may be thrown', () => {
    expect(codeOf(new Error('no code'))).toBe('');
    expect(hasCode('ENOENT', 'ENOENT')).toBe(false);
    expect(codeOf(null)).toBe('');
    expect([messageOf(new TypeError('odd')), messageOf('text'), messageOf(null)]).toEqual(['odd', 'text', 'null']);
  });
});
