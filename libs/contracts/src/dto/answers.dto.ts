import { ApiExtraModels, ApiProperty } from '@nestjs/swagger';
import { ERRORS } from '../errors.js';
import { RETRIED_ENDS, TASK_STATUSES, TASK_TYPES } from '../task.js';

/*
 * The answers as OpenAPI shows them. The interfaces of `task.ts` and `worker.ts` type the code; these classes carry the
 * same fields with their meaning for a reader.
 */

const whenKnown = { nullable: true };
const instant = { type: 'integer', description: 'milliseconds since the Unix epoch' } as const;

class PerStreamNumbersDto {
  @ApiProperty({ type: 'integer' })
  stdout: number;
  @ApiProperty({ type: 'integer' })
  stderr: number;
}

class PerStreamFlagsDto {
  @ApiProperty()
  stdout: boolean;
  @ApiProperty()
  stderr: boolean;
}

export class TaskSummaryDto {
  @ApiProperty({ format: 'uuid' })
  taskId: string;
  @ApiProperty({ format: 'uuid', description: 'the same as taskId' })
  id: string;
  @ApiProperty({ enum: TASK_TYPES })
  type: string;
  @ApiProperty({ enum: TASK_STATUSES })
  status: string;
  @ApiProperty({ type: 'integer', description: 'number of the newest hand-out; 0 before the first' })
  attempt: number;
  @ApiProperty({ type: 'integer' })
  priority: number;
  @ApiProperty(instant)
  createdAt: number;
  @ApiProperty({ ...instant, ...whenKnown })
  startedAt: number | null;
  @ApiProperty({ ...instant, ...whenKnown })
  completedAt: number | null;
  @ApiProperty({ type: 'integer', description: 'how long it ran, in ms', ...whenKnown })
  duration: number | null;
  @ApiProperty({ type: String, description: 'name of the worker that holds or did it', ...whenKnown })
  worker: string | null;
  @ApiProperty({ type: 'integer', description: 'execution limit in ms' })
  timeout: number;
  @ApiProperty({ type: 'integer', description: 'how long it may wait for a worker, in ms' })
  expiresIn: number;
  @ApiProperty({ type: 'integer', ...whenKnown })
  exitCode: number | null;
  @ApiProperty({ type: String, ...whenKnown })
  signal: string | null;
  @ApiProperty({ type: String, description: 'what went wrong, for a person', ...whenKnown })
  error: string | null;
  @ApiProperty({ type: PerStreamNumbersDto, description: 'true totals of the output in bytes' })
  outputBytes: PerStreamNumbersDto;
  @ApiProperty({ type: PerStreamFlagsDto, description: 'whether output was left out in the middle' })
  truncated: PerStreamFlagsDto;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'what the worker reported of the result' })
  metadata: Record<string, unknown>;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'the metadata that the client submitted' })
  labels: Record<string, unknown>;
  @ApiProperty({ ...instant, ...whenKnown })
  cancelRequestedAt: number | null;
  @ApiProperty({ type: [String], description: 'only workers that carry all of these take it' })
  tags: string[];
  @ApiProperty({ ...instant, ...whenKnown, description: 'not handed out before this time' })
  runAt: number | null;
  @ApiProperty({ type: 'integer' })
  maxAttempts: number;
  @ApiProperty({ enum: RETRIED_ENDS, isArray: true, description: 'which ends are tried again' })
  retryOn: string[];
  @ApiProperty({ type: 'integer', description: 'pause before the second attempt in ms' })
  retryDelay: number;
  @ApiProperty({ type: String, description: 'id of the schedule that it came from', ...whenKnown })
  schedule: string | null;
  @ApiProperty({ ...instant, ...whenKnown, description: 'the fire time that it stands for' })
  scheduledFor: number | null;
  @ApiProperty({ type: String, description: 'id of the task that it does once more', ...whenKnown })
  retryOf: string | null;
  @ApiProperty({ type: String, description: 'what is called when it has ended', ...whenKnown })
  webhook: string | null;
  @ApiProperty({ type: String, description: 'what it waits for, beside a free worker', ...whenKnown })
  waitingFor: string | null;
}

/** The submitted fields of the task's type stand beside these; `env` shows the names of its variables only. */
export class TaskRecordDto extends TaskSummaryDto {
  @ApiProperty()
  stdout: string;
  @ApiProperty()
  stderr: string;
  @ApiProperty({ enum: ['utf8', 'base64'] })
  stdoutEncoding: string;
  @ApiProperty({ enum: ['utf8', 'base64'] })
  stderrEncoding: string;
  @ApiProperty({ required: false, description: 'only while the task is unfinished' })
  message?: string;
}

export class TaskPageDto {
  @ApiProperty({ type: [TaskSummaryDto] })
  items: TaskSummaryDto[];
  @ApiProperty({ type: String, ...whenKnown, description: 'pass it as `cursor` for the next page; null on the last' })
  nextCursor: string | null;
}

const countByStatus = {
  type: 'object',
  additionalProperties: { type: 'integer' },
  example: { completed: 41, failed: 1 },
} as const;

class EndedInStepDto {
  @ApiProperty({ ...instant, description: 'when the step begins, in ms since the Unix epoch' })
  at: number;
  @ApiProperty({ ...countByStatus, description: 'how many tasks have ended how' })
  ended: Record<string, number>;
}

export class TaskStatsDto {
  @ApiProperty({ ...countByStatus, description: 'how many tasks are kept now, by status' })
  counts: Record<string, number>;
  @ApiProperty({ type: [EndedInStepDto], description: 'oldest first; tasks that are gone by now are in none' })
  steps: EndedInStepDto[];
}

class ConversationDto {
  @ApiProperty()
  sessionId: string;
  @ApiProperty({ type: String, ...whenKnown, description: 'the worker that holds it' })
  worker: string | null;
  @ApiProperty({ type: String, ...whenKnown, description: "its folder; null for the worker's home" })
  cwd: string | null;
  @ApiProperty(instant)
  lastActivity: number;
  @ApiProperty({ type: 'integer' })
  taskCount: number;
}

export class ConversationsDto {
  @ApiProperty({ type: [ConversationDto] })
  sessions: ConversationDto[];
}

export class WorkerRecordDto {
  @ApiProperty()
  name: string;
  @ApiProperty({ enum: ['online', 'offline', 'draining'] })
  status: string;
  @ApiProperty({ type: String, ...whenKnown })
  hostname: string | null;
  @ApiProperty({ type: String, ...whenKnown })
  platform: string | null;
  @ApiProperty({ type: String, ...whenKnown })
  version: string | null;
  @ApiProperty({ type: [String] })
  tags: string[];
  @ApiProperty({ type: [String], description: 'the task types that it does' })
  kinds: string[];
  @ApiProperty({ type: 'integer', ...whenKnown, description: 'how many tasks it runs at a time' })
  maxConcurrent: number | null;
  @ApiProperty({ type: 'integer', description: 'how many tasks it holds' })
  running: number;
  @ApiProperty(instant)
  lastSeenAt: number;
}

export class WorkerPageDto {
  @ApiProperty({ type: [WorkerRecordDto] })
  items: WorkerRecordDto[];
  @ApiProperty({ type: String, ...whenKnown })
  nextCursor: string | null;
}

class AttemptDto {
  @ApiProperty()
  taskId: string;
  @ApiProperty({ type: 'integer' })
  attempt: number;
}

/** The input of the task's type stands beside these. */
export class HandedTaskDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ enum: TASK_TYPES })
  type: string;
  @ApiProperty({ type: 'integer' })
  attempt: number;
  @ApiProperty({ type: 'integer', description: 'execution limit in ms' })
  timeout: number;
}

export class PollAnswerDto {
  @ApiProperty({ type: 'integer', description: 'the seq of the poll that this answers' })
  seq: number;
  @ApiProperty({ type: [HandedTaskDto] })
  tasks: HandedTaskDto[];
  @ApiProperty({ type: [AttemptDto], description: 'attempts to end' })
  cancel: AttemptDto[];
  @ApiProperty({ type: [AttemptDto], description: 'attempts to kill and forget' })
  stale: AttemptDto[];
  @ApiProperty({ description: 'take nothing new until this is false again' })
  drain: boolean;
}

class ReportVerdictDto {
  @ApiProperty({ type: String, ...whenKnown })
  taskId: string | null;
  @ApiProperty({ type: 'integer', ...whenKnown })
  attempt: number | null;
  @ApiProperty({ type: 'integer', description: 'the HTTP status that the report would have had alone' })
  status: number;
  @ApiProperty({ required: false, enum: Object.keys(ERRORS) })
  code?: string;
}

export class ReportAnswerDto {
  @ApiProperty({ description: 'whether every report was taken' })
  success: boolean;
  @ApiProperty({ type: [ReportVerdictDto], required: false, description: 'one for each of `results`, in order' })
  results?: ReportVerdictDto[];
}

export class HealthDto {
  @ApiProperty({ example: 'ok' })
  status: string;
  @ApiProperty()
  version: string;
  @ApiProperty({ type: 'integer', description: 'ms since the server started' })
  uptime: number;
  @ApiProperty({ type: 'integer', description: 'unfinished tasks' })
  tasks: number;
  @ApiProperty({ type: 'integer', description: 'finished tasks that are kept' })
  results: number;
  @ApiProperty({ type: 'integer', description: 'workers online' })
  workers: number;
  @ApiProperty({ type: 'integer', description: 'schedules that are more than a minute past their fire time' })
  overdueSchedules: number;
}

export class ProbeDto {
  @ApiProperty({ example: 'ok' })
  status: string;
}

class ReadyChecksDto {
  @ApiProperty({ example: 'ok', description: 'a write could be made' })
  storage: string;
  @ApiProperty({ example: 'ok', description: 'the server is not stopping' })
  shutdown: string;
}

export class ReadyDto extends ProbeDto {
  @ApiProperty({
    description: 'what was looked at; when one fails, the answer is 503 and its detail begins with its name',
  })
  checks: ReadyChecksDto;
}

class FieldErrorDto {
  @ApiProperty()
  field: string;
  @ApiProperty()
  message: string;
}

@ApiExtraModels(FieldErrorDto)
export class ProblemDto {
  @ApiProperty({ example: 'about:blank' })
  type: string;
  @ApiProperty()
  title: string;
  @ApiProperty({ type: 'integer' })
  status: number;
  @ApiProperty()
  detail: string;
  @ApiProperty()
  instance: string;
  @ApiProperty({ enum: Object.keys(ERRORS) })
  code: string;
  @ApiProperty({ description: 'the same as detail' })
  error: string;
  @ApiProperty()
  requestId: string;
  @ApiProperty({ type: [FieldErrorDto], required: false })
  errors?: FieldErrorDto[];
}
