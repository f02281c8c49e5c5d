import { RETRIED_ENDS, type RetriedEnd, TASK_TYPES, type TaskType } from '#contracts';

export const TIME_UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
export type TimeUnit = keyof typeof TIME_UNITS;

/** A length of time as it is typed; an empty amount is none. */
export interface Span {
  amount: string;
  unit: TimeUnit;
}

/** A variable of the environment; `id` only tells the lines of the form apart. */
export interface Variable {
  id: number;
  name: string;
  value: string;
}

/** A task as it is being written down: texts as they are typed, for all kinds at once. */
export interface Draft {
  type: TaskType;
  command: string;
  cwd: string;
  env: Variable[];
  stdin: string;
  stdinEncoding: 'utf8' | 'base64';
  path: string;
  content: string;
  /** The id of a file that is at the server already, in the place of `content`; empty: none. */
  upload: string;
  encoding: 'utf8' | 'base64';
  mode: string;
  ifMatch: string;
  oldString: string;
  newString: string;
  replaceAll: boolean;
  prompt: string;
  sessionId: string;
  model: string;
  artifacts: string;
  worker: string;
  tags: string;
  timeout: Span;
  idleTimeout: Span;
  expiresIn: Span;
  start: 'now' | 'delay' | 'at';
  delay: Span;
  /** As a field for date and time has it, in the zone of the browser. */
  runAt: string;
  priority: string;
  maxAttempts: string;
  retryOn: RetriedEnd[];
  retryDelay: Span;
  metadata: string;
  webhook: string;
}

/** The fields of a draft that hold a text of any kind. */
export type TextName = {
  [N in keyof Draft]: string extends Draft[N] ? N : never;
}[keyof Draft];

export type SpanName = { [N in keyof Draft]: Draft[N] extends Span ? N : never }[keyof Draft];

const none = (unit: TimeUnit): Span => ({ amount: '', unit });

export const EMPTY_DRAFT: Draft = {
  type: 'command',
  command: '',
  cwd: '',
  env: [],
  stdin: '',
  stdinEncoding: 'utf8',
  path: '',
  content: '',
  upload: '',
  encoding: 'utf8',
  mode: '',
  ifMatch: '',
  oldString: '',
  newString: '',
  replaceAll: false,
  prompt: '',
  sessionId: '',
  model: '',
  artifacts: '',
  worker: '',
  tags: '',
  timeout: none('s'),
  idleTimeout: none('s'),
  expiresIn: none('m'),
  start: 'now',
  delay: none('m'),
  runAt: '',
  priority: '',
  maxAttempts: '',
  retryOn: ['failed', 'timed_out'],
  retryDelay: none('s'),
  metadata: '',
  webhook: '',
};

/** A length of time in the largest unit that tells it in whole numbers. */
export function spanOf(ms: number): Span {
  const [unit, size] = Object.entries(TIME_UNITS)
    .reverse()
    .find(([, size]) => ms % size === 0) ?? ['s', TIME_UNITS.s];
  return { amount: String(ms / size), unit: unit as TimeUnit };
}

const KEY = 'openclaw-last-task';
/** What may be a secret, or long, is left out. */
const FORGOTTEN = { stdin: '', content: '', upload: '', oldString: '', newString: '', webhook: '' } as const;

/** Keeps the kind of task and its fields for the next time, but neither contents nor values of variables. */
export function rememberDraft(draft: Draft): void {
  const env = draft.env.map((variable) => ({ ...variable, value: '' }));
  localStorage.setItem(KEY, JSON.stringify({ ...draft, ...FORGOTTEN, env }));
}

/** The draft of the last time; what does not fit is left out: another version may have kept it. */
export function recallDraft(): Draft {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return fitting(kept as Record<string, unknown>);
  } catch (error) {
    console.info('the last task is not readable any more', error);
    return EMPTY_DRAFT;
  }
}

function fitting(kept: Record<string, unknown>): Draft {
  const same = Object.entries(EMPTY_DRAFT).filter(([name, empty]) => shapeOf(kept[name]) === shapeOf(empty));
  const draft = { ...EMPTY_DRAFT, ...Object.fromEntries(same.map(([name]) => [name, kept[name]])) } as Draft;
  return {
    ...draft,
    type: TASK_TYPES.find((type) => type === draft.type) ?? 'command',
    env: draft.env.filter(
      ({ id, name, value }) => shapeOf({ id, name, value }) === shapeOf({ id: 0, name: '', value: '' }),
    ),
    retryOn: RETRIED_ENDS.filter((end) => draft.retryOn.includes(end)),
  };
}

function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${typeof inner}`)
    .sort()
    .join();
}
