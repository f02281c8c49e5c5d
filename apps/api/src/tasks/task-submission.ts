import { createHash } from 'node:crypto';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { LIMITS, TASK_TYPES, type TaskType } from '#contracts';
import { fieldsOf, type SubmitTaskDto, TASK_DTOS } from '#contracts/dto';
import type { NewTask, TaskInput } from '../domain/task.js';
import { invalid } from '../http/problem.js';
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
  return Object.assign(dto, { type });
}

function explainMisplaced(field: string, type: TaskType): string | undefined {
  const owners = TASK_TYPES.filter((other) => fieldsOf(TASK_DTOS[other]).has(field));
  return owners.length > 0 ? `${field} is a field of ${owners.join(' and ')} tasks, not of a ${type} task` : undefined;
}

/** Fields that lists leave out, since they may be megabytes. */
const BULKY = ['content', 'stdin', 'oldString', 'newString'] as const;

/** The task that a submission asks for, with every default filled in. */
export function newTask({ type, timeout, expiresIn, metadata, ...fields }: Submission): NewTask {
  const claude = type === 'claude-cli';
  return {
    id: uuidv7(),
    type,
    timeout: timeout ?? (claude ? LIMITS.timeout.claudeDefault : LIMITS.timeout.default),
    expiresIn: expiresIn ?? LIMITS.expiresIn.default,
    // The conversation is named here, so that its id can be answered before a worker has begun it.
    input: splitInput(claude ? { sessionId: uuidv4(), ...fields } : fields),
    labels: metadata ?? null,
    auditDetail: auditDetail(type, fields),
  };
}

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
