import type { Submission } from '#client';

/** What can be filled in as a form; all other tasks are written as JSON. */
export const DRAFT_KINDS = { command: 'Command', 'claude-cli': 'Ask Claude', json: 'Anything else, as JSON' } as const;

export type DraftKind = keyof typeof DRAFT_KINDS;

/** The task of a schedule while it is edited. */
export interface TaskDraft {
  kind: DraftKind;
  /** The command or the prompt. */
  text: string;
  cwd: string;
  /** Empty: any. */
  worker: string;
  /** Minutes as typed; empty: the server's own limit. */
  minutes: string;
  /** Fields that the form does not show, which it leaves as they are. */
  rest: Record<string, unknown>;
  json: string;
}

const MINUTE = 60_000;
const EMPTY: Record<string, unknown> = { command: '' };

export function toDraft(task: Record<string, unknown> = EMPTY): TaskDraft {
  const { type = 'command', command, prompt, cwd, worker, timeout, env: _, ...rest } = task;
  const kind = type === 'command' || type === 'claude-cli' ? type : 'json';
  return {
    kind,
    text: String((kind === 'claude-cli' ? prompt : command) ?? ''),
    cwd: String(cwd ?? ''),
    worker: String(worker ?? ''),
    minutes: typeof timeout === 'number' ? String(timeout / MINUTE) : '',
    rest,
    json: kind === 'json' ? asJson(task) : '',
  };
}

/** The body of a `POST /tasks`. Throws a `SyntaxError` when what was written as JSON is none. */
export function toTask(draft: TaskDraft): Submission {
  const { kind, text, cwd, worker, minutes, rest, json } = draft;
  if (kind === 'json') return JSON.parse(json) as Submission;
  return {
    ...rest,
    ...(kind === 'claude-cli' ? { type: kind, prompt: text } : { command: text }),
    ...(cwd !== '' && { cwd }),
    ...(worker !== '' && { worker }),
    ...(minutes !== '' && { timeout: Math.round(Number(minutes) * MINUTE) }),
  };
}

/** The draft as another kind; what it says so far becomes the JSON to go on from. */
export function asKind(draft: TaskDraft, kind: DraftKind): TaskDraft {
  if (kind !== 'json' || draft.json !== '') return { ...draft, kind };
  return { ...draft, kind, json: asJson(toTask(draft)) };
}

const asJson = (task: unknown) => JSON.stringify(task, null, 2);
