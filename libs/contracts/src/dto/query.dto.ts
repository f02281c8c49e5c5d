import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { LIMITS } from '../limits.js';
import { TASK_STATUSES, TASK_TYPES } from '../task.js';
import { HEADER_TEXT } from './header-text.js';
import { SHA256, UUID } from './patterns.js';

const { step: STEP } = LIMITS.stats;
const WAIT = { expression: /^\d+$/, message: 'wait must be a whole number of milliseconds, such as wait=30000' };

/** `?wait=MS` of a client's call. */
export class WaitQueryDto {
  @ApiPropertyOptional({
    description: `how long to wait for the end, in ms; more than ${LIMITS.clientWait} counts as that`,
    type: 'integer',
    minimum: 0,
  })
  @IsOptional()
  @Matches(WAIT.expression, { message: WAIT.message })
  wait?: string;
}

/** `?wait=MS` of a worker's poll. */
export class PollQueryDto {
  @ApiPropertyOptional({
    description: `how long the poll may be held, in ms; more than ${LIMITS.pollWait.max} counts as that`,
    type: 'integer',
    minimum: 0,
    default: LIMITS.pollWait.default,
  })
  @IsOptional()
  @Matches(WAIT.expression, { message: WAIT.message })
  wait?: string;
}

export class PageQueryDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: LIMITS.page.max, default: LIMITS.page.default })
  @IsOptional()
  @Matches(/^(1\d\d|200|[1-9]\d?)$/, { message: `limit must be a whole number from 1 to ${LIMITS.page.max}` })
  limit?: string;

  @ApiPropertyOptional({ description: 'the `nextCursor` of the page before' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,200}$/, { message: 'cursor must be the nextCursor of the page before' })
  cursor?: string;
}

const INSTANT = /^\d{1,15}$/;
const instant = (name: string) => `${name} must be milliseconds since the Unix epoch, such as ${name}=1795420000000`;

/** A part of a list by time, ends included. */
export class PeriodQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ description: 'from this time on, in ms since the Unix epoch', type: 'integer' })
  @IsOptional()
  @Matches(INSTANT, { message: instant('from') })
  from?: string;

  @ApiPropertyOptional({ description: 'up to this time, in ms since the Unix epoch', type: 'integer' })
  @IsOptional()
  @Matches(INSTANT, { message: instant('to') })
  to?: string;
}

/** Text to search for: it must hold something that can be found. */
export const Search = (description: string) =>
  applyDecorators(
    ApiPropertyOptional({ description, maxLength: LIMITS.searchLength }),
    IsOptional(),
    Matches(new RegExp(`^(?=.*[\\p{L}\\p{N}])[\\s\\S]{1,${LIMITS.searchLength}}$`, 'su'), {
      message: `q must be 1 to ${LIMITS.searchLength} characters with a letter or a digit among them, such as q=deploy`,
    }),
  );

export class TaskQueryDto extends PeriodQueryDto {
  @ApiPropertyOptional({ enum: TASK_STATUSES })
  @IsOptional()
  @IsIn(TASK_STATUSES, { message: `status must be one of ${TASK_STATUSES.join(', ')}` })
  status?: (typeof TASK_STATUSES)[number];

  @ApiPropertyOptional({ enum: TASK_TYPES })
  @IsOptional()
  @IsIn(TASK_TYPES, { message: `type must be one of ${TASK_TYPES.join(', ')}` })
  type?: (typeof TASK_TYPES)[number];

  @ApiPropertyOptional({ description: 'name of the worker that has or had it, or is to have it' })
  @IsOptional()
  @Matches(HEADER_TEXT, { message: 'worker must be the name of a worker, such as worker=macbook' })
  worker?: string;

  @ApiPropertyOptional({ description: 'id of the schedule that it came from', format: 'uuid' })
  @IsOptional()
  @Matches(UUID.expression, {
    message: 'schedule must be the id of a schedule, a UUID as GET /schedules shows it',
  })
  schedule?: string;

  @Search('words that its command, path, folder or prompt must hold')
  q?: string;

  @ApiPropertyOptional({ description: 'only those that a restore has held back', enum: ['true', 'false'] })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'held must be true or false' })
  held?: string;
}

export class StatsQueryDto extends PickType(PeriodQueryDto, ['to'] as const) {
  @ApiProperty({ description: 'from this time on, in ms since the Unix epoch', type: 'integer' })
  @Matches(INSTANT, { message: instant('from') })
  from: string;

  @ApiPropertyOptional({
    description: `length of a step, in ms: ${STEP.min} to ${STEP.max}; there are at most ${LIMITS.stats.steps} steps`,
    type: 'integer',
    default: STEP.default,
  })
  @IsOptional()
  @Matches(INSTANT, { message: 'step must be a whole number of milliseconds, such as step=3600000' })
  step?: string;
}

/** Which tasks a stream of events is about; with none of these, it is about workers and schedules as well. */
export class EventQueryDto extends PickType(TaskQueryDto, ['status', 'type', 'worker', 'schedule'] as const) {}

export class UploadQueryDto {
  @ApiPropertyOptional({ description: 'SHA-256 that the bytes must have, in hex' })
  @IsOptional()
  @Matches(SHA256.expression, { message: 'sha256 must be 64 hex digits' })
  sha256?: string;
}

/** Which attempt of a task a worker speaks for. */
export class AttemptQueryDto {
  @ApiProperty({ description: 'number of the attempt', type: 'integer', minimum: 1 })
  @Matches(/^[1-9]\d{0,14}$/, { message: 'attempt must be the number of the attempt, such as attempt=1' })
  attempt: string;
}
