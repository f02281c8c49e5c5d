import { describe, expect, it } from '@jest/globals';
import { harmless, table } from './terminal.js';

describe('table', () => {
  it('makes columns of what a terminal shows, wide characters and colours included', () => {
    const rows = [
      ['名前', 'one'],
      ['\u001b[32mab\u001b[39m', 'two'],
    ];
    expect(table(rows)).toBe('名前  one\n\u001b[32mab\u001b[39m    two\n');
  });

  it('cuts off what does not fit a terminal, and nothing where there is none', () => {
    expect(table([['a', 'long '.repeat(10)]], 12)).toBe('a  long lon…\n');
    expect(table([['a', 'long '.repeat(10).trim()]])).toBe(`a  ${'long '.repeat(10).trim()}\n`);
  });
});

describe('harmless', () => {
  it('leaves nothing of a text that could take over a terminal', () => {
    expect(harmless('\u001b]0;title\u0007 a\nb\tc \u009b2J')).toBe('\ufffd]0;title\ufffd a b c \ufffd2J');
  });
});
