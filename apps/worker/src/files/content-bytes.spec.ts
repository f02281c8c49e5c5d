import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contentBytes } from './content-bytes.js';

describe('contentBytes', () => {
  it.each(['base64', 'base64url'] as const)('decodes what was encoded as %s', (encoding) => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString(encoding);
        expect([...contentBytes(text, 'base64', 'content')]).toEqual([...bytes]);
      }),
    );
  });

  it('decodes base64 with line breaks and without padding', () => {
    expect(contentBytes('aGVs\r\nbG8\n', 'base64', 'content').toString()).toBe('hello');
  });

  it.each(['aGVsbG8*', 'aGVsb', 'aGVs=bG8=', 'aGVsbG8===', 'héllo'])('refuses %j as base64', (text) => {
    expect(() => contentBytes(text, 'base64', 'content')).toThrow('content is not base64');
  });

  it('refuses half of a surrogate pair as UTF-8', () => {
    expect(() => contentBytes('a\ud83d', 'utf8', 'oldString')).toThrow('oldString has half of a surrogate pair');
    expect(contentBytes('a\ud83d\ude00', 'utf8', 'oldString').toString()).toBe('a😀');
  });
});
