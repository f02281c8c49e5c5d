import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { LIMITS } from '../limits.js';
import { MISFIRES, type Misfire, OVERLAPS, type Overlap } from '../schedule.js';
import { Flag, JsonObject, OneOf, Text } from './fields.js';

const Name = (required: boolean) =>
  Text({
    required,
    description: 'what people and the audit call it, such as "nightly backup"',
    minBytes: 1,
    maxBytes: LIMITS.scheduleName,
    pattern: {
      expression: /^(?! )[^\p{C}\p{Zl}\p{Zp}]+(?<! )$/u,
      meaning: 'one line of text without surrounding spaces, such as "nightly backup"',
    },
    example: 'nightly backup',
  });

const CronFields = (required: boolean) =>
  Text({
    required,
    description: 'five cron fields, or six with seconds first, or @daily and its kin, or @every 1h30m',
    minBytes: 1,
    maxBytes: LIMITS.cron,
    example: '0 3 * * 1-5',
  });

const ZONE = { description: 'IANA time zone that the times are meant in', minBytes: 1, maxBytes: LIMITS.zoneName };
const ZONE_EXAMPLE = 'Europe/Berlin';

const TaskBody = (required: boolean) =>
  JsonObject({
    required,
    description: 'the body of a `POST /tasks`, without `runAt`',
    example: { command: 'make backup' },
  });

const OVERLAP = { description: 'what to do while an earlier task of it is unfinished', values: OVERLAPS };
const MISFIRE = { description: 'what to do about fires that were missed', values: MISFIRES };
const ENABLED = { description: 'false: it is paused' };

export class CreateScheduleDto {
  @Name(true)
  name: string;

  @CronFields(true)
  cron: string;

  @Text({ ...ZONE, default: 'UTC', example: ZONE_EXAMPLE })
  timezone?: string;

  @TaskBody(true)
  task: Record<string, unknown>;

  @OneOf({ ...OVERLAP, default: 'skip' })
  overlap?: Overlap;

  @OneOf({ ...MISFIRE, default: 'run-once' })
  misfire?: Misfire;

  @Flag({ ...ENABLED, default: true })
  enabled?: boolean;
}

/** What is left out stays as it is. */
export class UpdateScheduleDto {
  @Name(false)
  name?: string;

  @CronFields(false)
  cron?: string;

  @Text({ ...ZONE, example: ZONE_EXAMPLE })
  timezone?: string;

  @TaskBody(false)
  task?: Record<string, unknown>;

  @OneOf(OVERLAP)
  overlap?: Overlap;

  @OneOf(MISFIRE)
  misfire?: Misfire;

  @Flag(ENABLED)
  enabled?: boolean;
}

export class UpcomingQueryDto {
  @ApiPropertyOptional({
    description: 'how many fire times',
    type: 'integer',
    minimum: 1,
    maximum: LIMITS.upcoming.max,
    default: LIMITS.upcoming.default,
  })
  @IsOptional()
  @Matches(/^(100|[1-9]\d?)$/, {
    message: `count must be a whole number from 1 to ${LIMITS.upcoming.max}, such as count=10`,
  })
  count?: string;
}

const instant = { type: 'integer', description: 'milliseconds since the Unix epoch' } as const;
const whenKnown = { nullable: true };

export class ScheduleDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty({ example: '0 3 * * 1-5' })
  cron: string;
  @ApiProperty({ example: ZONE_EXAMPLE })
  timezone: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'the submitted task with the names alone of its `env`; lists leave out what may be long',
  })
  task: Record<string, unknown>;
  @ApiProperty({ enum: OVERLAPS })
  overlap: Overlap;
  @ApiProperty({ enum: MISFIRES })
  misfire: Misfire;
  @ApiProperty()
  enabled: boolean;
  @ApiProperty(instant)
  createdAt: number;
  @ApiProperty(instant)
  updatedAt: number;
  @ApiProperty({ ...instant, ...whenKnown, description: 'when it will fire next; null while it is paused' })
  nextFireAt: number | null;
  @ApiProperty({ ...instant, ...whenKnown, description: 'when it last made a task' })
  lastFireAt: number | null;
  @ApiProperty({ type: String, ...whenKnown, description: 'the task that it made last' })
  lastTaskId: string | null;
}

export class SchedulePageDto {
  @ApiProperty({ type: [ScheduleDto] })
  items: ScheduleDto[];
  @ApiProperty({ type: String, ...whenKnown, description: 'pass it as `cursor` for the next page; null on the last' })
  nextCursor: string | null;
}

export class UpcomingDto {
  @ApiProperty({ type: [Number], description: 'fire times in ms since the Unix epoch; fewer when no more will come' })
  items: number[];
}
