import { describe, expect, it } from '@jest/globals';
import { contentTypeOf } from './content-type.js';

describe('contentTypeOf', () => {
  it.each([
    ['shot.PNG', 'image/png'],
    ['a.tar.gz', 'application/gzip'],
    ['notes', 'application/octet-stream'],
    ['.png', 'application/octet-stream'],
    ['constructor', 'application/octet-stream'],
  ])('takes %s for %s', (name, type) => {
    expect(contentTypeOf(name)).toBe(type);
  });
});
