import { ApiProperty } from '@nestjs/swagger';
import { LIMITS } from '../limits.js';
import { type PerStream, REPORTED_STATUSES, type ReportedStatus, TEXT_ENCODINGS, type TextEncoding } from '../task.js';
import { Flag, Integer, JsonObject, Nested, OneOf, Output, PerStreamOf, Text, TextList } from './fields.js';
import { HEADER_TEXT } from './header-text.js';
import { UUID } from './patterns.js';

const MAX = Number.MAX_SAFE_INTEGER;

const WORKER_NAME = { expression: HEADER_TEXT, meaning: 'printable ASCII without surrounding spaces' };

export class AttemptRefDto {
  @Text({ required: true, description: 'id of the task', minBytes: 1, maxBytes: 64 })
  taskId: string;

  @Integer({ required: true, description: 'number of the attempt', min: 1, max: MAX })
  attempt: number;
}

export class HeldAttemptDto extends AttemptRefDto {
  @Flag({ description: 'the worker is ending it already' })
  cancelling?: boolean;
}

export class WorkerDescriptionDto {
  @Text({
    required: true,
    description: 'the name that people know the worker by',
    minBytes: 1,
    maxBytes: LIMITS.workerName,
    pattern: WORKER_NAME,
    example: 'macbook',
  })
  name: string;

  @Text({
    required: true,
    description: "a UUID kept on the worker's disk",
    pattern: UUID,
  })
  id: string;

  @Integer({ required: true, description: 'kept beside the id; grows with every start', min: 0, max: MAX })
  generation: number;

  @Text({ description: 'host name', maxBytes: 255 })
  hostname?: string;

  @Text({ description: 'operating system and architecture', maxBytes: 255 })
  platform?: string;

  @Text({ description: 'version of the worker', maxBytes: 64 })
  version?: string;

  @TextList({ description: 'what sets this worker apart', maxItems: 64, maxBytes: 64 })
  tags?: string[];

  @TextList({
    description: 'the task types that it does, default all; unknown ones are ignored',
    maxItems: 64,
    maxBytes: 64,
  })
  kinds?: string[];

  @Integer({ description: 'how many tasks it runs at a time', min: 1, max: LIMITS.pollMax })
  maxConcurrent?: number;
}

export class WorkerPollDto {
  @Nested(WorkerDescriptionDto, { required: true, description: 'who polls' })
  worker: WorkerDescriptionDto;

  @Integer({ required: true, description: 'grows with every poll of a generation', min: 0, max: MAX })
  seq: number;

  @Integer({
    description: `how long the poll may be held, in ms; more than ${LIMITS.pollWait.max} counts as that`,
    min: 0,
    max: MAX,
    default: LIMITS.pollWait.default,
  })
  wait?: number;

  @Integer({ description: 'how many tasks it can take now; 0 only renews', min: 0, max: MAX, default: 1 })
  max?: number;

  @Flag({ description: 'the worker takes nothing new', default: false })
  draining?: boolean;

  @Nested(HeldAttemptDto, {
    list: true,
    maxItems: LIMITS.held,
    description: 'all that it holds, unacknowledged results included',
  })
  running?: HeldAttemptDto[];
}

export class ReportDto {
  @Text({ required: true, description: 'id of the task', minBytes: 1, maxBytes: 64 })
  taskId: string;

  @Integer({ description: 'the attempt that this reports; needed once a task has had more than one', min: 1, max: MAX })
  attempt?: number;

  @OneOf({ values: REPORTED_STATUSES, description: 'how it ended; without it, exit code 0 is `completed`' })
  status?: ReportedStatus;

  @Output({ description: 'what it printed to standard output' })
  stdout?: string;

  @Output({ description: 'what it printed to standard error' })
  stderr?: string;

  @OneOf({ values: TEXT_ENCODINGS, description: 'base64 only for a file-read that asked for it', default: 'utf8' })
  stdoutEncoding?: TextEncoding;

  @OneOf({ values: TEXT_ENCODINGS, description: 'as `stdoutEncoding`', default: 'utf8' })
  stderrEncoding?: TextEncoding;

  @Integer({ description: 'exit code; null after a death by signal', min: -MAX, max: MAX })
  exitCode?: number;

  @Text({ description: 'the signal that ended it', maxBytes: 32 })
  signal?: string;

  @Output({ description: 'what went wrong, for a person' })
  error?: string;

  @JsonObject({ description: 'what else is known of the result' })
  metadata?: Record<string, unknown>;

  @Integer({ description: 'how long it took, in ms', min: 0, max: MAX })
  duration?: number;

  @PerStreamOf('boolean', { description: 'whether output was left out' })
  truncated?: PerStream<boolean>;

  @PerStreamOf('integer', { description: 'true totals of the output in bytes' })
  outputBytes?: PerStream<number>;
}

/** The other body of `POST /worker/result`: many reports, each judged on its own. */
export class ManyReportsDto {
  @ApiProperty({ type: [ReportDto], maxItems: LIMITS.reports })
  results: ReportDto[];
}
