import { Card } from '../../components/card.js';
import { CopyButton } from '../../components/copy-button.js';
import { curlLine, ocwLine } from '../../submission/command-lines.js';
import { draftOfTask } from '../../submission/draft-of-task.js';
import type { TaskInFull } from './task-in-full.js';

/** How the same would be asked for from a terminal. */
export function CommandLines({ task }: { task: TaskInFull }) {
  const draft = draftOfTask(task);
  const ocw = ocwLine(draft);
  return (
    <Card title="From a terminal">
      <div className="space-y-3">
        {ocw !== null && <Line name="ocw" line={ocw} />}
        <Line name="curl" line={curlLine(draft, window.location.origin)} />
      </div>
    </Card>
  );
}

function Line({ name, line }: { name: string; line: string }) {
  return (
    <div>
      <div className="flex items-center text-xs text-quiet">
        {name}
        <span className="ml-auto">
          <CopyButton label={`Copy for ${name}`} text={line} />
        </span>
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        tabIndex={0}
        className="max-h-40 overflow-auto rounded-lg bg-raised px-3 py-2 font-mono text-xs leading-5 [overflow-wrap:anywhere] whitespace-pre-wrap"
      >
        {line}
      </pre>
    </div>
  );
}
