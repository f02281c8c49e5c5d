import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Card } from '../../components/card.js';
import { CopyButton } from '../../components/copy-button.js';
import { formatBytes } from '../../format/size.js';
import { formatDuration, formatInstant } from '../../format/time.js';
import type { TaskInFull } from './task-in-full.js';

/** Of a text that long its beginning is shown; the copy has all of it. */
const SHOWN_CHARACTERS = 20_000;

/** What the task was asked, and on which terms. */
export function TaskInput({ task }: { task: TaskInFull }) {
  const { env = [], artifacts = [], labels, metadata, tags, priority, idleTimeout } = task;
  return (
    <Card title="What was asked">
      <div className="space-y-3">
        <Text name="Command" text={task.command} />
        <Text name="Path" text={task.path} />
        <Text name="Prompt" text={task.prompt} />
        <Text name="Standard input" text={task.stdin} />
        <Text name="Content" text={task.content} />
        <Text name="Text to replace" text={task.oldString} />
        <Text name="New text" text={task.newString} />
        <dl className="grid grid-cols-[fit-content(45%)_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-[0.8125rem]">
          <Row name="Folder" mono>
            {task.cwd}
          </Row>
          <Row name="Variables" mono>
            {env.join(', ')}
          </Row>
          <Row name="Files to keep" mono>
            {artifacts.join('\n')}
          </Row>
          <Row name="Mode" mono>
            {task.mode}
          </Row>
          <Row name="Only if SHA-256" mono>
            {task.ifMatch}
          </Row>
          <Row name="Every place">{task.replaceAll ? 'yes' : undefined}</Row>
          <Row name="Upload" mono>
            {task.upload}
          </Row>
          <Row name="Model" mono>
            {task.model}
          </Row>
          <Row name="Conversation" mono>
            {task.sessionId}
          </Row>
          <Row name="Tags">{tags.join(', ')}</Row>
          <Row name="Time limit">{formatDuration(task.timeout)}</Row>
          <Row name="Silence limit">{idleTimeout === undefined ? undefined : formatDuration(idleTimeout)}</Row>
          <Row name="Not before">{task.runAt === null ? undefined : formatInstant(task.runAt)}</Row>
          <Row name="Priority">{priority === 0 ? undefined : priority}</Row>
          <Row name="Attempts">
            {task.maxAttempts === 1 ? undefined : `up to ${task.maxAttempts}, after ${task.retryOn.join(', ')}`}
          </Row>
          {task.schedule !== null && (
            <Row name="Schedule">
              <Link to="/ui/tasks" search={{ schedule: task.schedule }} className="rounded text-accent hover:underline">
                All of its tasks
              </Link>
            </Row>
          )}
          {task.retryOf !== null && (
            <Row name="Runs again">
              <Link
                to="/ui/tasks/$taskId"
                params={{ taskId: task.retryOf }}
                className="rounded text-accent hover:underline"
              >
                The task before
              </Link>
            </Row>
          )}
          {task.webhook !== null && (
            <Row name="Tells" mono>
              {task.webhook}
            </Row>
          )}
          <Row name="Id" mono>
            {task.taskId}
          </Row>
        </dl>
        <Pairs title="Labels" pairs={labels} />
        <Pairs title="Reported by the worker" pairs={metadata} />
      </div>
    </Card>
  );
}

/** Text that may be long: it scrolls in a box of its own. */
function Text({ name, text }: { name: string; text: string | undefined }) {
  if (text === undefined) return null;
  const isLong = text.length > SHOWN_CHARACTERS;
  return (
    <div>
      <div className="flex items-center gap-2 text-xs text-quiet">
        {name}
        {isLong && `, the first ${formatBytes(SHOWN_CHARACTERS)} of ${formatBytes(text.length)}`}
        <span className="ml-auto">
          <CopyButton label={`Copy: ${name}`} text={text} />
        </span>
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        tabIndex={0}
        className="max-h-56 overflow-auto rounded-lg bg-raised px-3 py-2 font-mono text-xs leading-5 [overflow-wrap:anywhere] whitespace-pre-wrap"
      >
        {isLong ? text.slice(0, SHOWN_CHARACTERS) : text}
      </pre>
    </div>
  );
}

function Row({ name, mono = false, children }: { name: string; mono?: boolean; children: ReactNode }) {
  if (children === undefined || children === '') return null;
  return (
    <>
      <dt className="text-quiet [overflow-wrap:anywhere]">{name}</dt>
      <dd className={`whitespace-pre-wrap [overflow-wrap:anywhere] ${mono ? 'font-mono text-xs leading-5' : ''}`}>
        {children}
      </dd>
    </>
  );
}

function Pairs({ title, pairs }: { title: string; pairs: Record<string, unknown> }) {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return null;
  return (
    <div>
      <h3 className="mb-1 text-xs text-quiet">{title}</h3>
      <dl className="grid grid-cols-[fit-content(45%)_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-[0.8125rem]">
        {entries.map(([name, value]) => (
          <Row key={name} name={name} mono>
            {typeof value === 'string' ? value : JSON.stringify(value)}
          </Row>
        ))}
      </dl>
    </div>
  );
}
