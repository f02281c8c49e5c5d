import { createHash } from 'node:crypto';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { type FieldError, LIMITS, TASK_TYPES, type TaskType } from '#contracts';
import { type FileWriteTaskDto, fieldsOf, type SubmitTaskDto, TASK_DTOS } from '#contracts/dto';
import type { Config } from '../config.js';
import { type DiscordMessage, messageOfEnd } from '../domain/discord-message.js';
import type { NewTask, TaskInput } from '../domain/task.js';
import { ApiError, invalid } from '../http/problem.js';
import { validated } from '../http/validation.js';

/** The body of a submission after validation, with its type filled in. */
export type Submission = SubmitTaskDto & { type: TaskType };

/** Holds the body of a submission to the rules of its type, which is `command` when it names none. */
export function parseSubmission(body: unknown): Submission {
  const type = ((body as { type?: unknown } | null)?.type ?? 'command') as TaskType;
  if (!TASK_TYPES.includes(type)) {
    throw invalid([{ field: 'type', message: `type must be one of ${TASK_TYPES.join(', ')}` }]);
  }
  const explainUnknown = (field: string) => explainMisplaced(field, type);
  const dto = validated<SubmitTaskDto>(TASK_DTOS[type], body, { unknownFields: 'refuse', explainUnknown });
  if (dto.delay !== undefined && dto.runAt !== undefined) {
    throw invalid([{ field: 'runAt', message: 'runAt and delay say the same thing: give one of them' }]);
  }
  if (dto.runAt !== undefined && dto.runAt > Date.now() + LIMITS.delay) {
    throw invalid([{ field: 'runAt', message: `runAt must be at most ${LIMITS.delay} ms from now, as delay` }]);
  }
  const submission = Object.assign(dto, { type });
  if ('path' in submission && submission.type === 'file-write') requireOneContent(submission);
  return submission;
}

/** What a file-write puts in place comes with the call, or was sent ahead: exactly one of both. */
function requireOneContent({ content, encoding, upload }: Pick<FileWriteTaskDto, 'content' | 'encoding' | 'upload'>) {
  if (upload === undefined) {
    if (content !== undefined) return;
    throw invalid([{ field: 'content', message: 'content is required, or upload: what the file is to hold' }]);
  }
  if (content !== undefined) {
    throw invalid([{ field: 'upload', message: 'upload and content say the same thing: give one of them' }]);
  }
  if (encoding !== undefined) {
    throw invalid([{ field: 'encoding', message: 'encoding belongs to content: an upload is taken byte for byte' }]);
  }
}

/** The tasks of a batch, each held to the rules of its type; the fields of the n-th are named `tasks.n.`. */
export function parseBatch(body: unknown): Submission[] {
  const { tasks, ...others } = (body ?? {}) as { tasks?: unknown };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw invalid([{ field: unknown.slice(0, 100), message: 'a batch takes tasks and no other field' }]);
  }
  if (!Array.isArray(tasks) || tasks.length === 0 || tasks.length > LIMITS.batch) {
    throw invalid([{ field: 'tasks', message: `tasks must be a list of 1 to ${LIMITS.batch} tasks` }]);
  }
  const errors: FieldError[] = [];
  const submissions = tasks.flatMap((task, index) => {
    try {
      return [parseSubmission(task)];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors.push(...(error.errors ?? []).map((mistake) => inside(`tasks.${index}`, mistake)));
      return [];
    }
  });
  if (errors.length > 0) throw invalid(errors.slice(0, LIMITS.errors));
  return submissions;
}

/** A mistake in a part of a body, named from the whole. */
export function inside(part: string, { field, message }: FieldError): FieldError {
  return { field: field === '' ? part : `${part}.${field}`, message: `${part}: ${message}` };
}

function explainMisplaced(field: string, type: TaskType): string | undefined {
  const owners = TASK_TYPES.filter((other) => fieldsOf(TASK_DTOS[other]).has(field));
  return owners.length > 0 ? `${field} is a field of ${owners.join(' and ')} tasks, not of a ${type} task` : undefined;
}

/** Fields that lists leave out, since they may be megabytes. */
export const BULKY = ['content', 'stdin', 'oldString', 'newString'] as const;

/** The task that a submission asks for, with every default filled in. */
export function newTask(
  submission: Submission,
  now: number,
  origin: Origin = BY_HAND,
  discord: DiscordMessage | null = null,
): NewTask {
  const { type, timeout, expiresIn, metadata, delay, runAt, priority, ...rest } = submission;
  const { worker, tags, maxAttempts, retryOn, retryDelay, webhook, ...fields } = rest;
  const claude = type === 'claude-cli';
  // The conversation is named here, so that its id can be answered before a worker has begun it.
  const input = splitInput(claude ? { sessionId: uuidv4(), ...fields } : fields);
  const limits = { priority, delay, runAt, worker, tags, maxAttempts, retryOn, retryDelay };
  // Its path and query are where receivers put their secrets.
  const told = webhook === undefined ? undefined : new URL(webhook).origin;
  const terms = { ...limits, webhook: told, schedule: origin.scheduleId };
  return {
    id: uuidv7(),
    type,
    timeout: timeout ?? (claude ? LIMITS.timeout.claudeDefault : LIMITS.timeout.default),
    expiresIn: expiresIn ?? LIMITS.expiresIn.default,
    priority: priority ?? 0,
    dueAt: runAt ?? (delay === undefined ? null : now + delay),
    target: { worker: worker ?? null, tags: [...new Set(tags)].sort() },
    retry: {
      maxAttempts: maxAttempts ?? 1,
      on: retryOn ?? ['failed', 'timed_out'],
      delay: retryDelay ?? LIMITS.retryDelay.default,
    },
    sessionId: claude ? (input.shown.sessionId as string) : null,
    uploadId: (input.shown.upload as string | undefined)?.toLowerCase() ?? null,
    ...origin,
    retryOf: null,
    webhook: webhook ?? null,
    discord: discord ?? messageOfEnd(input.shown.callbackChannel as string | undefined),
    input,
    labels: metadata ?? null,
    auditDetail: auditDetail(type, { ...fields, ...given(terms) }),
  };
}

/** Which schedule a task comes from, and for which of its fire times. */
export interface Origin {
  scheduleId: string | null;
  fireAt: number | null;
}

export const BY_HAND: Origin = { scheduleId: null, fireAt: null };

/** What is wrong with a task whose end is to be told in Discord, where that is not set up; null when nothing is. */
export function untold(task: object, { discord }: Pick<Config, 'discord'>): FieldError | null {
  const { callbackChannel = null } = task as { callbackChannel?: string | null };
  if (callbackChannel === null || discord?.botToken) return null;
  const message = 'callbackChannel needs Discord, which is not set up here: see DISCORD_BOT_TOKEN';
  return { field: 'callbackChannel', message };
}

/** What was given at all. */
const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));

function splitInput(fields: Record<string, unknown>): TaskInput {
  const { env, ...others } = fields as { env?: Record<string, string> };
  const entries = Object.entries(others).filter(([, value]) => value !== undefined);
  const bulky = entries.filter(([name]) => BULKY.includes(name as (typeof BULKY)[number]));
  const shown = entries.filter(([name]) => !BULKY.includes(name as (typeof BULKY)[number]));
  return {
    shown: { ...Object.fromEntries(shown), ...(env ? { env: Object.keys(env) } : {}) },
    bulky: bulky.length > 0 ? Object.fromEntries(bulky) : null,
    variables: env ?? null,
  };
}

/** Contents and values of variables go into the audit as their length and SHA-256 only; the rest as it is. */
function auditDetail(type: TaskType, fields: Record<string, unknown>): Record<string, unknown> {
  const recorded = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (name === 'env') return [[name, mapValues(value as Record<string, string>, digest)]];
    return [[name, BULKY.includes(name as (typeof BULKY)[number]) ? digest(value as string) : value]];
  });
  return { type, ...Object.fromEntries(recorded) };
}

const mapValues = <T, R>(object: Record<string, T>, change: (value: T) => R) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

const digest = (text: string) => ({
  bytes: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
});
