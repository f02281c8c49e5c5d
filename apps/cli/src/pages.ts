import type { Page, PageOptions } from '#client';

const PAGE = 200;

/** The first `limit` items of a list, over as many pages as that takes. */
export async function firstOf<T>(limit: number, list: (page: PageOptions) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; items.length < limit; ) {
    const page = await list({ limit: Math.min(PAGE, limit - items.length), cursor });
    items.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  return items;
}
