import { describe, expect, it } from '@jest/globals';
import { fits, laneOf, targetOf } from './lane.js';

describe('laneOf', () => {
  it('is empty for any worker, and gives its target back', () => {
    expect(laneOf({ worker: null, tags: [] })).toBe('');
    for (const target of [
      { worker: null, tags: [] },
      { worker: 't:[', tags: [] },
      { worker: null, tags: ['a', 'b"'] },
      { worker: 'mac', tags: ['gpu'] },
    ]) {
      expect(targetOf(laneOf(target))).toEqual(target);
    }
  });
});

describe('fits', () => {
  it('asks for the name and for all tags', () => {
    const mac = { name: 'mac', tags: ['gpu', 'home'] };
    expect(fits({ worker: null, tags: [] }, mac)).toBe(true);
    expect(fits({ worker: 'mac', tags: ['gpu'] }, mac)).toBe(true);
    expect(fits({ worker: 'linux', tags: [] }, mac)).toBe(false);
    expect(fits({ worker: null, tags: ['gpu', 'office'] }, mac)).toBe(false);
    expect(fits({ worker: 'mac', tags: [] }, { name: null, tags: [] })).toBe(false);
  });
});
