import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { TaskSummary } from '#contracts';
import { TaskLine } from '../../components/task-line.js';
import { RelativeTime } from '../../components/time.js';
import type { TaskRows } from './use-task-rows.js';

/** A list of any length, of which only what is in view is drawn; it scrolls with the page. */
export function TaskTable({
  rows,
  hasMore,
  look,
  selected,
  onSelect,
}: Pick<TaskRows, 'hasMore' | 'look'> & {
  rows: readonly TaskSummary[];
  /** Null where nothing can be done with tasks. */
  selected: ReadonlyMap<string, TaskSummary> | null;
  onSelect: (task: TaskSummary, isSelected: boolean) => void;
}) {
  const list = useRef<HTMLUListElement>(null);
  const [{ top, rowPx }, setMeasures] = useState({ top: 0, rowPx: 48 });
  const keyOf = useCallback((index: number) => rows[index]?.taskId ?? index, [rows]);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowPx,
    overscan: 3,
    scrollMargin: top,
    getItemKey: keyOf,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => look(first, last), [look, first, last]);
  // After every drawing, since what stands above the list comes and goes. All rows are of one height, so one is measured.
  useLayoutEffect(() => {
    if (!list.current) return;
    const measured = {
      top: Math.round(list.current.getBoundingClientRect().top + window.scrollY),
      rowPx: list.current.querySelector('li')?.offsetHeight ?? rowPx,
    };
    if (measured.top !== top || measured.rowPx !== rowPx) setMeasures(measured);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was worked out is for rows of another height
  useLayoutEffect(() => virtual.measure(), [rowPx, virtual]);
  return (
    <>
      <ul ref={list} className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const task = rows[index] as TaskSummary;
          return (
            <li
              key={key}
              aria-setsize={hasMore ? -1 : rows.length}
              aria-posinset={index + 1}
              className="absolute inset-x-0 top-0 flex min-h-12 items-center [contain:layout_style] gap-3 border-b border-line px-4 py-2.5"
              style={{ transform: `translateY(${start - top}px)` }}
            >
              {selected && (
                <input
                  type="checkbox"
                  aria-label={`Select task ${task.taskId}`}
                  checked={selected.has(task.taskId)}
                  onChange={({ target }) => onSelect(task, target.checked)}
                  className="size-4 shrink-0 accent-accent"
                />
              )}
              <div className="min-w-0 flex-1">
                <TaskLine task={task} />
              </div>
              <span className="w-16 shrink-0 text-right text-[0.8125rem] text-quiet max-md:hidden">
                <RelativeTime at={task.createdAt} />
              </span>
            </li>
          );
        })}
      </ul>
      {hasMore && (
        <p role="status" className="px-4 py-3 text-center text-sm text-quiet">
          Reading more
        </p>
      )}
    </>
  );
}
