import { LineText } from './line-text.js';
import type { OutputLine } from './output-log.js';
import { type FollowedTask, useTaskOutput, useVersion } from './use-task-output.js';

const TAIL_BYTES = 4096;

/** The last lines of what a task prints. */
export function OutputTail({ task, lines = 6 }: { task: FollowedTask; lines?: number }) {
  const { log, done, error } = useTaskOutput(task, { tail: TAIL_BYTES, glance: true });
  useVersion(log);
  const shown = log.lines.slice(-lines);
  return (
    <div className="rounded-lg bg-term px-3 py-2 font-mono text-xs leading-5 text-term-ink">
      {shown.length === 0 ? (
        <p className="text-term-quiet">
          {error ? error.message : done ? 'It has printed nothing.' : 'Nothing printed yet.'}
        </p>
      ) : (
        shown.map((line) => <TailLine key={line.number} line={line} />)
      )}
    </div>
  );
}

function TailLine({ line }: { line: OutputLine }) {
  const isError = line.kind === 'stderr';
  return (
    <p className={`truncate whitespace-pre ${isError ? 'text-term-err' : ''}`}>
      {isError && <span className="sr-only">stderr: </span>}
      {line.text === '' ? ' ' : <LineText text={line.text} style={line.style} />}
    </p>
  );
}
