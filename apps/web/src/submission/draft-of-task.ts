import { type InputByType, LIMITS, type TaskSummary, type TaskType } from '#contracts';
import { type Draft, EMPTY_DRAFT, spanOf } from './draft.js';

type EveryInput = { [T in TaskType]: InputByType[T] }[TaskType];
type KeysOf<T> = T extends unknown ? keyof T : never;
type ValueOf<T, K extends PropertyKey> =
  T extends Record<K, infer V> ? V : T extends { [P in K]?: infer V } ? V : never;

/** The fields that were submitted, as reads show them: of variables only the names. */
export type ShownInput = Omit<{ [K in KeysOf<EveryInput>]?: ValueOf<EveryInput, K> }, 'env'> & { env?: string[] };

/** A task of any kind as a draft to change and send again. Values of variables are known to the server alone. */
export function draftOfTask(task: TaskSummary & ShownInput): Draft {
  const { retryOn, tags, labels } = task;
  const isUsualTimeout = task.timeout === usualTimeout(task.type);
  return {
    ...EMPTY_DRAFT,
    ...textsOf(task),
    type: task.type,
    env: (task.env ?? []).map((name, id) => ({ id, name, value: '' })),
    replaceAll: task.replaceAll ?? false,
    artifacts: (task.artifacts ?? []).join('\n'),
    // Reads do not tell whether it was for that one alone: to go where it went is what surprises nobody.
    worker: task.worker ?? '',
    tags: tags.join(', '),
    timeout: isUsualTimeout ? EMPTY_DRAFT.timeout : spanOf(task.timeout),
    idleTimeout: task.idleTimeout === undefined ? EMPTY_DRAFT.idleTimeout : spanOf(task.idleTimeout),
    expiresIn: task.expiresIn === LIMITS.expiresIn.default ? EMPTY_DRAFT.expiresIn : spanOf(task.expiresIn),
    priority: task.priority === 0 ? '' : String(task.priority),
    maxAttempts: task.maxAttempts === 1 ? '' : String(task.maxAttempts),
    retryOn,
    retryDelay: task.retryDelay === LIMITS.retryDelay.default ? EMPTY_DRAFT.retryDelay : spanOf(task.retryDelay),
    metadata: Object.keys(labels).length === 0 ? '' : JSON.stringify(labels, null, 2),
    webhook: task.webhook ?? '',
  };
}

const TEXTS = [
  'command',
  'cwd',
  'stdin',
  'stdinEncoding',
  'path',
  'content',
  'upload',
  'encoding',
  'mode',
  'ifMatch',
  'oldString',
  'newString',
  'prompt',
  'sessionId',
  'model',
] as const;

const textsOf = (task: ShownInput): Partial<Draft> =>
  Object.fromEntries(TEXTS.flatMap((name) => (task[name] === undefined ? [] : [[name, task[name]]])));

const usualTimeout = (type: TaskType) =>
  type === 'claude-cli' ? LIMITS.timeout.claudeDefault : LIMITS.timeout.default;
