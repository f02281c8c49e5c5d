import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { OpenClawClient, TaskFilter } from '#client';
import type { TaskSummary } from '#contracts';
import { taskList, taskPage } from '../../app/queries.js';
import { useClient } from '../../app/session.js';

const PAGE = 100;
/** So many new tasks stand above the list before it begins anew at the newest. */
const NEWER = 100;

export interface TaskRows {
  /** Undefined until the first of them are there. */
  rows: readonly TaskSummary[] | undefined;
  error: Error | null;
  /** There are more than `rows`: they come when the end of the list is looked at. */
  hasMore: boolean;
  /** Tells which rows are in view: only their pages are kept up to date. */
  look(first: number, last: number): void;
  retry(): void;
}

/**
 * The tasks of a filter, however many, newest first. The list ends upwards at the moment it was opened, so that its pages
 * stand still while tasks come in; those stand above it.
 */
export function useTaskRows(filter: TaskFilter): TaskRows {
  const client = useClient();
  const queries = useQueryClient();
  const [opened, setOpened] = useState(Date.now);
  const [view, setView] = useState({ first: 0, last: 0 });
  const until = useMemo(() => ({ ...filter, to: filter.to ?? opened }), [filter, opened]);
  const newer = useQuery({
    ...taskList(client, { ...filter, from: Math.max(opened + 1, filter.from ?? 0) }, NEWER),
    // A list that ends before now has nothing newer.
    enabled: filter.to === undefined,
    placeholderData: keepPreviousData,
  });
  const isOverfull = newer.data?.nextCursor != null && !newer.isPlaceholderData;
  const beginsAnew = isOverfull && view.first === 0;
  useEffect(() => {
    if (!beginsAnew) return;
    const now = Date.now();
    // The new list takes the place of the old one once it is there.
    const page = taskPage(client, { ...filter, to: now }, undefined, PAGE);
    void queries.prefetchQuery(page).then(() => setOpened(now));
  }, [beginsAnew, client, filter, queries]);

  const optionsOf = (cursor: string | undefined) => taskPage(client, until, cursor, PAGE);
  const known = knownPages((cursor) => queries.getQueryData(optionsOf(cursor).queryKey));
  const watched = known.cursors.slice(view.first, view.last + 1);
  // The pages are read from the cache, where they stay when they are out of view: their arrival has to be told all the same.
  const results = useQueries({
    queries: watched.map((cursor) => ({
      ...optionsOf(cursor),
      notifyOnChangeProps: ['data' as const, 'error' as const],
    })),
  });
  const error = results.find((result) => result.error)?.error ?? null;

  const above = filter.to === undefined ? (newer.data?.items ?? NONE) : NONE;
  const pages = useSteady(known.pages);
  const rows = useMemo(
    () => (pages.length === 0 ? undefined : withoutRepeats([...above, ...pages.flat()])),
    [above, pages],
  );
  return {
    rows,
    error,
    hasMore: known.hasMore,
    look: (first, last) => {
      const pages = { first: pageOf(first - above.length), last: pageOf(last - above.length + PAGE / 2) };
      if (pages.first !== view.first || pages.last !== view.last) setView(pages);
    },
    retry: () => {
      for (const result of results) if (result.error) void result.refetch();
    },
  };
}

const NONE: readonly TaskSummary[] = [];

/** The list of before for as long as it has the same elements: every scroll draws, and what follows from it is kept. */
function useSteady<T>(list: readonly T[]): readonly T[] {
  const before = useRef(list);
  const isSame = before.current.length === list.length && list.every((one, index) => one === before.current[index]);
  if (!isSame) before.current = list;
  return before.current;
}

const pageOf = (row: number) => Math.max(0, Math.floor(row / PAGE));

type Read = Awaited<ReturnType<OpenClawClient['tasks']['list']>>;

/** The pages that have been read, from the first on, with the cursors that lead to them and to the one after. */
function knownPages(read: (cursor: string | undefined) => Read | undefined) {
  const pages: TaskSummary[][] = [];
  const cursors: (string | undefined)[] = [undefined];
  for (;;) {
    const page = read(cursors.at(-1));
    if (!page) return { pages, cursors, hasMore: true };
    pages.push(page.items);
    if (page.nextCursor === null) return { pages, cursors, hasMore: false };
    cursors.push(page.nextCursor);
  }
}

/** Where the end of one page has moved, the next may begin with the same tasks. */
function withoutRepeats(tasks: readonly TaskSummary[]): TaskSummary[] {
  return [...new Map(tasks.map((task) => [task.taskId, task])).values()];
}
