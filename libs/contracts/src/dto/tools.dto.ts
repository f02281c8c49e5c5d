import { ApiProperty, IntersectionType, PickType } from '@nestjs/swagger';
import { LIMITS } from '../limits.js';
import { STREAMS, type StreamName } from '../output.js';
import { TASK_STATUSES, TASK_TYPES, type TaskStatus, type TaskType } from '../task.js';
import { Base64When, Integer, OneOf, Text } from './fields.js';
import { UUID } from './patterns.js';
import { CreateScheduleDto } from './schedule.dto.js';
import {
  ClaudeTaskDto,
  CommandTaskDto,
  FileEditTaskDto,
  FileListTaskDto,
  FileReadTaskDto,
  FileWriteTaskDto,
} from './submit.dto.js';

/*
 * What the tools of MCP take and answer. They take fewer fields than the API does: an agent reads all of them every time,
 * and what is left out here is for those who run a queue.
 */

const { characters: CHARACTERS, listed: LISTED } = LIMITS.tools;

class WaitDto {
  @Integer({
    description: 'wait at most so many ms for the end; then the answer tells how to go on',
    min: 0,
    max: LIMITS.clientWait,
    default: LIMITS.tools.wait,
  })
  wait?: number;
}

class LengthDto {
  @Integer({
    description: 'at most so many characters of output in the answer; task_output reads the rest',
    min: CHARACTERS.min,
    max: CHARACTERS.max,
    default: CHARACTERS.default,
  })
  maxCharacters?: number;
}

class OnceDto {
  @Text({
    description:
      'a call that repeats the key of an earlier one within 24 h is answered as that was, and does nothing anew',
    minBytes: 1,
    maxBytes: LIMITS.idempotencyKey,
  })
  idempotencyKey?: string;
}

class TaskTermsDto extends IntersectionType(WaitDto, LengthDto, OnceDto) {}

const TARGET = ['timeout', 'worker', 'tags'] as const;

export class RunCommandDto extends IntersectionType(
  PickType(CommandTaskDto, ['command', 'cwd', 'env', 'stdin', ...TARGET, 'artifacts'] as const),
  TaskTermsDto,
) {}

export class ReadFileDto extends IntersectionType(
  PickType(FileReadTaskDto, ['path', 'encoding', ...TARGET] as const),
  TaskTermsDto,
) {}

export class WriteFileDto extends IntersectionType(
  PickType(FileWriteTaskDto, ['path', 'encoding', 'mode', 'ifMatch', ...TARGET] as const),
  TaskTermsDto,
) {
  @Text({ required: true, description: 'the new content of the file' })
  @Base64When('encoding')
  content: string;
}

export class EditFileDto extends IntersectionType(
  PickType(FileEditTaskDto, ['path', 'oldString', 'newString', 'replaceAll', 'ifMatch', ...TARGET] as const),
  TaskTermsDto,
) {}

export class ListDirectoryDto extends IntersectionType(
  PickType(FileListTaskDto, ['path', ...TARGET] as const),
  TaskTermsDto,
) {}

export class AskClaudeDto extends IntersectionType(
  PickType(ClaudeTaskDto, ['prompt', 'sessionId', 'model', 'cwd', ...TARGET, 'artifacts'] as const),
  TaskTermsDto,
) {}

class TaskIdDto {
  @Text({ required: true, description: 'the taskId that a tool has answered', pattern: UUID })
  taskId: string;
}

export class TaskStatusDto extends IntersectionType(TaskIdDto, LengthDto) {
  @Integer({ description: 'wait at most so many ms for the end', min: 0, max: LIMITS.clientWait, default: 0 })
  wait?: number;
}

export class TaskOutputDto extends IntersectionType(TaskIdDto, LengthDto) {
  @OneOf({ values: STREAMS, description: 'which of the two', default: 'stdout' })
  stream?: StreamName;

  @Integer({
    description: 'where to begin: so many characters from the start',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 0,
  })
  offset?: number;

  @Integer({
    description: 'when nothing is there yet, wait at most so many ms for it, or for the end',
    min: 0,
    max: LIMITS.clientWait,
    default: 0,
  })
  wait?: number;
}

export class CancelTaskDto extends TaskIdDto {}

export class ListWorkersDto {
  @Integer({ description: 'at most so many', min: 1, max: LIMITS.page.max, default: LIMITS.page.default })
  limit?: number;

  @Text({ description: 'the nextCursor of the page before', minBytes: 1, maxBytes: 200 })
  cursor?: string;
}

export class ListTasksDto {
  @OneOf({ values: TASK_STATUSES, description: 'only those' })
  status?: TaskStatus;

  @OneOf({ values: TASK_TYPES, description: 'only those' })
  type?: TaskType;

  @Text({ description: 'only those of this worker', minBytes: 1, maxBytes: LIMITS.workerName })
  worker?: string;

  @Text({
    description: 'words that the command, path, folder or prompt must hold',
    maxBytes: LIMITS.searchLength,
    pattern: { expression: /[\p{L}\p{N}]/u, meaning: 'text with a letter or a digit in it' },
  })
  q?: string;

  @Integer({ description: 'at most so many', min: 1, max: LISTED.max, default: LISTED.default })
  limit?: number;

  @Text({ description: 'the nextCursor of the page before', minBytes: 1, maxBytes: 200 })
  cursor?: string;
}

export class ScheduleTaskDto extends CreateScheduleDto {}

const known = { nullable: true };

class LeftOutDto {
  @ApiProperty({ type: 'integer' })
  stdout: number;
  @ApiProperty({ type: 'integer' })
  stderr: number;
}

class FileFactsDto {
  @ApiProperty({ type: 'integer', description: 'bytes' })
  size: number;
  @ApiProperty({ description: 'for ifMatch' })
  sha256: string;
}

/** How a task stands, with as much of its output as the caller wanted. */
export class TaskOutcomeDto {
  @ApiProperty({ format: 'uuid' })
  taskId: string;
  @ApiProperty({ enum: TASK_TYPES })
  type: string;
  @ApiProperty({ enum: TASK_STATUSES })
  status: string;
  @ApiProperty({ type: String, ...known })
  worker: string | null;
  @ApiProperty({ type: 'integer', ...known })
  exitCode: number | null;
  @ApiProperty({ type: String, ...known })
  signal: string | null;
  @ApiProperty({ type: String, description: 'what went wrong', ...known })
  error: string | null;
  @ApiProperty({ type: 'integer', description: 'ms', ...known })
  duration: number | null;
  @ApiProperty()
  stdout: string;
  @ApiProperty()
  stderr: string;
  @ApiProperty({ type: LeftOutDto, description: 'how many characters are left out of each here' })
  leftOut: LeftOutDto;
  @ApiProperty({ type: String, description: 'of ask_claude: continues the conversation', ...known })
  sessionId: string | null;
  @ApiProperty({ type: FileFactsDto, description: 'of the file tools', ...known })
  file: FileFactsDto | null;
  @ApiProperty({ type: [String], description: 'URIs of the files that it has left: resources' })
  artifacts: string[];
  @ApiProperty({ type: String, description: 'what to do next, when there is more to come or to read', ...known })
  next: string | null;
}

export class OutputPieceDto {
  @ApiProperty({ format: 'uuid' })
  taskId: string;
  @ApiProperty({ enum: STREAMS })
  stream: string;
  @ApiProperty({ type: 'integer' })
  offset: number;
  @ApiProperty()
  text: string;
  @ApiProperty({ type: 'integer', description: 'pass it as `offset` for what follows' })
  nextOffset: number;
  @ApiProperty({ enum: TASK_STATUSES })
  status: string;
  @ApiProperty({ description: 'the task has ended, and nothing follows' })
  done: boolean;
}

class ListedTaskDto {
  @ApiProperty({ format: 'uuid' })
  taskId: string;
  @ApiProperty({ enum: TASK_TYPES })
  type: string;
  @ApiProperty({ enum: TASK_STATUSES })
  status: string;
  @ApiProperty({ description: 'the beginning of its command, path or prompt' })
  what: string;
  @ApiProperty({ type: String, ...known })
  worker: string | null;
  @ApiProperty({ type: 'integer', description: 'ms since the Unix epoch' })
  createdAt: number;
  @ApiProperty({ type: 'integer', ...known })
  completedAt: number | null;
  @ApiProperty({ type: 'integer', ...known })
  exitCode: number | null;
  @ApiProperty({ type: String, ...known })
  error: string | null;
  @ApiProperty({ type: String, ...known })
  sessionId: string | null;
}

export class TaskListDto {
  @ApiProperty({ type: [ListedTaskDto] })
  items: ListedTaskDto[];
  @ApiProperty({ type: String, ...known })
  nextCursor: string | null;
}
