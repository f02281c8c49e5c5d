import { type APIButtonComponentWithCustomId, ButtonStyle, ComponentType } from 'discord-api-types/v10';
import type { TaskSummary, TaskType } from '#contracts';
import { asCode, cut, LONGEST_CONTENT, NO_MENTIONS } from './message-text.js';
import { codeBlock, tailBlock } from './output-text.js';

/** The part of a message that is JSON; its files go beside it. */
export interface MessageBody {
  content: string;
  components?: { type: ComponentType.ActionRow; components: APIButtonComponentWithCustomId[] }[];
  allowed_mentions: { parse: [] };
  attachments?: { id: number; filename: string }[];
}

/** What a button is for; its custom id is this and the id of its task. */
export type ButtonVerb = 'cancel' | 'again' | 'output' | 'continue';

const LONGEST_LABEL = 200;
const LONGEST_ERROR = 300;

/** A task that has not ended: what it has printed last, and a button to end it. */
export function progressMessage(task: TaskSummary, printed: string, note = ''): MessageBody {
  const head = [heading(task), note].filter((line) => line !== '').join('\n');
  const tail = printed.trim() === '' ? '' : `\n${tailBlock(printed, LONGEST_CONTENT - head.length - 1)}`;
  return body(head + tail, task.cancelRequestedAt === null ? [button('cancel', task)] : []);
}

/** A task that has ended: the head and the tail of what it has printed. Says whether that is not all of it. */
export function endMessage(
  task: TaskSummary,
  printed: string,
  notes: readonly string[],
): { body: MessageBody; cut: boolean } {
  const error = task.error === null ? [] : [asCode(task.error, LONGEST_ERROR)];
  const head = [heading(task), ...error, ...notes].join('\n');
  const buttons = [button('again', task)];
  if (task.outputBytes.stdout + task.outputBytes.stderr > 0) buttons.push(button('output', task));
  if (task.type === 'claude-cli') buttons.push(button('continue', task));
  if (printed.trim() === '') return { body: body(head, buttons), cut: false };
  const block = codeBlock(printed, LONGEST_CONTENT - head.length - 1);
  return { body: body(`${head}\n${block.block}`, buttons), cut: block.cut };
}

/** A line that says what a task is and how it stands. */
export function heading(task: TaskSummary): string {
  return `${asCode(labelOf(task), LONGEST_LABEL)} · ${standing(task)}`;
}

/** What a task does, in the words of whoever submitted it. */
export function labelOf(task: TaskSummary): string {
  const { command, prompt, path } = task as TaskSummary & { command?: string; prompt?: string; path?: string };
  return command ?? prompt ?? `${FILE_VERBS[task.type] ?? task.type} ${path}`;
}

const FILE_VERBS: Partial<Record<TaskType, string>> = {
  'file-read': 'read',
  'file-write': 'write',
  'file-edit': 'edit',
  'file-list': 'list',
};

function standing(task: TaskSummary): string {
  // Before that, it is the one that was to have it.
  const where = task.worker === null || task.attempt === 0 ? '' : ` on ${asCode(task.worker, 128)}`;
  const took = task.duration === null ? '' : ` after ${inWords(task.duration)}`;
  switch (task.status) {
    case 'pending':
      return `waits for ${task.waitingFor ?? 'a worker'}`;
    case 'running':
      return task.cancelRequestedAt === null ? `runs${where}` : `is being ended${where}`;
    case 'completed':
      return `done${where}${took}`;
    case 'failed': {
      const how = task.signal === null ? '' : `, by ${task.signal}`;
      return `failed${where}${took}${task.exitCode === null ? how : `, exit code ${task.exitCode}`}`;
    }
    case 'timed_out':
      return `took too long${where}: ended${took}`;
    case 'cancelled':
      return `cancelled${where}${took}`;
    case 'lost':
      return `lost: its worker${where} has vanished, and nobody knows how it ended`;
    case 'expired':
      return 'expired: no worker took it in time';
  }
}

function inWords(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const BUTTONS: Record<ButtonVerb, { label: string; style: APIButtonComponentWithCustomId['style'] }> = {
  cancel: { label: 'Cancel', style: ButtonStyle.Danger },
  again: { label: 'Run again', style: ButtonStyle.Secondary },
  output: { label: 'Full output', style: ButtonStyle.Secondary },
  continue: { label: 'Continue', style: ButtonStyle.Primary },
};

const button = (verb: ButtonVerb, { taskId }: TaskSummary): APIButtonComponentWithCustomId => ({
  type: ComponentType.Button,
  ...BUTTONS[verb],
  custom_id: `${verb}:${taskId}`,
});

function body(content: string, buttons: APIButtonComponentWithCustomId[]): MessageBody {
  return {
    content: cut(content, LONGEST_CONTENT),
    // An empty list takes away what an earlier state of the message had.
    components: buttons.length === 0 ? [] : [{ type: ComponentType.ActionRow, components: buttons }],
    allowed_mentions: NO_MENTIONS,
  };
}
