import { homedir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { expandHome } from './home-path.js';

describe('expandHome', () => {
  it.each([
    ['~', '/home/ann'],
    ['~/notes/a b.txt', '/home/ann/notes/a b.txt'],
    ['~/link/../x', '/home/ann/link/../x'],
    ['~bob/x', '~bob/x'],
    ['/tmp/~', '/tmp/~'],
    ['x/~/y', 'x/~/y'],
    ['', ''],
  ])('makes of %j %j', (path, expanded) => {
    expect(expandHome(path, '/home/ann')).toBe(expanded);
  });

  it('takes the folder of the user, and a home that is the root', () => {
    expect(expandHome('~')).toBe(homedir());
    expect(expandHome('~/x', '/')).toBe('/x');
  });
});
