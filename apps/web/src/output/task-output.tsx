import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, Download, WrapText } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { CopyButton } from '../components/copy-button.js';
import { formatCount } from '../format/size.js';
import { LineText } from './line-text.js';
import type { OutputLine } from './output-log.js';
import { plainText } from './plain-text.js';
import { saveBlob } from './save-blob.js';
import { type FollowedTask, useTaskOutput, useVersion } from './use-task-output.js';

const LINE_PX = 20;
/** Lines that are drawn and measured as one: what is kept of each that is out of view would cost more than its text. */
const BLOCK = 25;
/** How near the end counts as the end, so that a finger that slips does not stop the following. */
const END_PX = 24;
const WRAP_KEY = 'openclaw-wrap';

/** All that a task has printed and prints, following the end until the reader scrolls away from it. */
export function TaskOutput({ task }: { task: FollowedTask }) {
  const { taskId } = task;
  const { log, done, error } = useTaskOutput(task);
  const version = useVersion(log);
  const view = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const [wraps, setWraps] = useState(() => localStorage.getItem(WRAP_KEY) === 'yes');
  const count = log.lines.length;
  const blockCount = Math.ceil(count / BLOCK);
  const linesIn = useCallback((block: number) => Math.min(BLOCK, count - block * BLOCK), [count]);
  const blocks = useVirtualizer({
    count: blockCount,
    getScrollElement: () => view.current,
    estimateSize: (block) => linesIn(block) * LINE_PX,
    // A block that has grown is another one: its height is not that of before.
    getItemKey: useCallback((block: number) => `${block} ${linesIn(block)}`, [linesIn]),
    overscan: 1,
    paddingStart: 8,
    paddingEnd: 8,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: every change of the log may have moved the end
  useEffect(() => {
    if (follows && blockCount > 0) blocks.scrollToIndex(blockCount - 1, { align: 'end' });
  }, [version, follows, blockCount, wraps, blocks]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the heights that were measured are those of the other way
  useEffect(() => blocks.measure(), [wraps, blocks]);

  const onScroll = () => {
    const element = view.current;
    if (!element) return;
    setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < END_PX);
  };
  const wrap = () => {
    localStorage.setItem(WRAP_KEY, wraps ? 'no' : 'yes');
    setWraps(!wraps);
  };

  return (
    <section className="overflow-hidden rounded-card border border-term-line bg-term text-term-ink" aria-label="Output">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-term-line px-3 py-1.5 text-xs text-term-quiet">
        <span className="numbers">
          {formatCount(log.dropped + count)} {log.dropped + count === 1 ? 'line' : 'lines'}
          {log.dropped > 0 && `, the last ${formatCount(count)} of them here`}
        </span>
        <span role="status">{error ? `Cannot be read: ${error.message}` : done ? '' : 'live'}</span>
        <span className="ml-auto flex items-center gap-1">
          <ToolButton label={wraps ? 'Do not wrap lines' : 'Wrap long lines'} pressed={wraps} onClick={wrap}>
            <WrapText size={15} aria-hidden />
          </ToolButton>
          <ToolButton
            label="Download the output"
            onClick={() => saveBlob(`${taskId}.log`, new Blob([plainText(log.lines)], { type: 'text/plain' }))}
          >
            <Download size={15} aria-hidden />
          </ToolButton>
          <CopyButton
            className="rounded p-1.5 hover:bg-term-line hover:text-term-ink"
            label="Copy the output"
            text={() => plainText(log.lines)}
          />
        </span>
      </div>
      <div className="relative">
        <div
          ref={view}
          onScroll={onScroll}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
          tabIndex={0}
          role="log"
          aria-live="off"
          aria-label="What the task has printed"
          className="max-h-[min(65vh,40rem)] min-h-48 overflow-auto font-mono text-[0.8125rem] leading-5 focus-visible:-outline-offset-2"
        >
          {count === 0 && (
            <p className="p-3 text-term-quiet">{done ? 'It has printed nothing.' : 'Nothing printed yet.'}</p>
          )}
          <div className={`relative ${wraps ? '' : 'w-max min-w-full'}`} style={{ height: blocks.getTotalSize() }}>
            {blocks.getVirtualItems().map(({ index, start, key }) => (
              <div
                key={key}
                ref={wraps ? blocks.measureElement : undefined}
                data-index={index}
                className={`${wraps ? 'absolute inset-x-0' : 'absolute left-0 min-w-full'} top-0`}
                style={{ transform: `translateY(${start}px)` }}
              >
                {log.lines.slice(index * BLOCK, (index + 1) * BLOCK).map((line) => (
                  <Row key={line.number} line={line} wraps={wraps} />
                ))}
              </div>
            ))}
          </div>
        </div>
        {!follows && (
          <button
            type="button"
            onClick={() => setFollows(true)}
            className="absolute right-4 bottom-3 flex items-center gap-1.5 rounded-full border border-term-line bg-[#1d2220] px-3 py-1.5 text-xs text-term-ink shadow-float hover:bg-term-line"
          >
            <ArrowDown size={14} aria-hidden /> {done ? 'To the end' : 'Follow'}
          </button>
        )}
      </div>
    </section>
  );
}

function Row({ line, wraps }: { line: OutputLine; wraps: boolean }) {
  if (line.kind === 'attempt') {
    return <p className="px-3 text-term-quiet before:content-['──_'] after:content-['_──']">{line.text}</p>;
  }
  const isError = line.kind === 'stderr';
  return (
    <p
      className={`min-h-5 border-l-2 pr-4 pl-2.5 ${wraps ? 'break-all whitespace-pre-wrap' : 'whitespace-pre'} ${
        isError ? 'border-term-err/70 bg-term-err/6 text-term-err' : 'border-transparent'
      }`}
    >
      {isError && <span className="sr-only">stderr: </span>}
      <LineText text={line.text} style={line.style} />
    </p>
  );
}

function ToolButton({
  label,
  pressed,
  onClick,
  children,
}: {
  label: string;
  pressed?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      onClick={onClick}
      className={`rounded p-1.5 hover:bg-term-line hover:text-term-ink ${pressed ? 'bg-term-line text-term-ink' : ''}`}
    >
      {children}
    </button>
  );
}
