import { describe, expect, it } from '@jest/globals';
import { inPages, restAfter } from './background-work.js';

describe('work in the background', () => {
  it('goes on until a page is not full', async () => {
    const pages = [50, 50, 49, 50];
    await inPages(50, async () => pages.shift() ?? 0);
    expect(pages).toEqual([50]);
  });

  it('rests shortly even after a page that waited for long', async () => {
    await restAfter(performance.now() - 3_600_000);
  });

  it('stops at the first page that fails', async () => {
    const fails = inPages(1, async () => {
      throw new Error('the disk is full');
    });
    await expect(fails).rejects.toThrow('the disk is full');
  });
});
