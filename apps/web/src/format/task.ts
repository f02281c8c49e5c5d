import type { TaskSummary, TaskType } from '#contracts';

/** A task as reads show it, with the fields of its type. */
export type ShownTask = TaskSummary & { command?: string; path?: string; prompt?: string; cwd?: string };

const VERBS: Record<TaskType, string> = {
  command: '',
  'file-read': 'Read',
  'file-write': 'Write',
  'file-edit': 'Edit',
  'file-list': 'List',
  'claude-cli': 'Ask Claude:',
};

export const TYPE_NAMES: Record<TaskType, string> = {
  command: 'Command',
  'file-read': 'Read a file',
  'file-write': 'Write a file',
  'file-edit': 'Edit a file',
  'file-list': 'List a folder',
  'claude-cli': 'Ask Claude',
};

/** What a task does, on one line. */
export function taskTitle(task: ShownTask): string {
  const what = task.command ?? task.path ?? task.prompt ?? '';
  const line = what.trim().replace(/\s*\n\s*/g, ' ↵ ');
  return [VERBS[task.type], line].filter((part) => part !== '').join(' ');
}
