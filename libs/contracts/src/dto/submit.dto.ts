import { ApiProperty, OmitType } from '@nestjs/swagger';
import { LIMITS } from '../limits.js';
import { RETRIED_ENDS, type RetriedEnd, type TaskType, TEXT_ENCODINGS, type TextEncoding } from '../task.js';
import {
  Base64When,
  Flag,
  Integer,
  JsonObject,
  ManyOf,
  OneOf,
  Text,
  TextList,
  Variables,
  WebhookUrl,
} from './fields.js';
import { HEADER_TEXT } from './header-text.js';
import { SHA256, SNOWFLAKE, UUID } from './patterns.js';

const Type = (type: TaskType) => OneOf({ values: [type], description: 'what kind of task this is', required: true });

const Path = () =>
  Text({
    required: true,
    description: "a path on the worker's machine; `~/` is its home folder",
    minBytes: 1,
    maxBytes: LIMITS.pathBytes,
    withoutNul: true,
    example: '~/notes.txt',
  });

const WorkingFolder = () =>
  Text({
    description: "working folder, default the worker's home; `~` is the worker's home",
    minBytes: 1,
    maxBytes: LIMITS.pathBytes,
    withoutNul: true,
    example: '~/project',
  });

const IdleTimeout = () =>
  Integer({ description: 'end it after this many ms without any output', min: 1, max: LIMITS.timeout.max });

const IfMatch = () => Text({ description: 'SHA-256 of the content that the file must still have', pattern: SHA256 });

const Artifacts = () =>
  TextList({
    description: "files on the worker's machine to keep when the task has ended; `*` stands for any part of a name",
    maxItems: LIMITS.artifacts.patterns,
    maxBytes: LIMITS.pathBytes,
    withoutNul: true,
    example: ['/tmp/shot.png', '~/out/*.pdf'],
  });

/** The fields that every task takes. */
export class CommonTaskDto {
  @Integer({
    description: `execution limit in ms, default ${LIMITS.timeout.default} (claude-cli ${LIMITS.timeout.claudeDefault})`,
    min: 1,
    max: LIMITS.timeout.max,
  })
  timeout?: number;

  @Integer({
    description: 'how long the task may wait for a worker before it expires, in ms',
    min: 1,
    max: LIMITS.expiresIn.max,
    default: LIMITS.expiresIn.default,
  })
  expiresIn?: number;

  @Integer({ description: 'hand it out no sooner than after this many ms', min: 0, max: LIMITS.delay, default: 0 })
  delay?: number;

  @Integer({
    description: 'hand it out no sooner than at this time, in ms since the Unix epoch; instead of `delay`',
    min: 0,
    max: 8_640_000_000_000_000,
  })
  runAt?: number;

  @Integer({
    description: 'the higher, the sooner; equal ones run oldest first',
    min: LIMITS.priority.min,
    max: LIMITS.priority.max,
    default: 0,
  })
  priority?: number;

  @Text({
    description: 'only the worker of this name',
    minBytes: 1,
    maxBytes: LIMITS.workerName,
    pattern: { expression: HEADER_TEXT, meaning: 'the name of a worker: printable ASCII without surrounding spaces' },
    example: 'macbook',
  })
  worker?: string;

  @TextList({
    description: 'only workers that carry all of these tags',
    maxItems: LIMITS.tags.items,
    maxBytes: LIMITS.tags.bytes,
  })
  tags?: string[];

  @Integer({ description: 'how often it may be tried in all', min: 1, max: LIMITS.attempts, default: 1 })
  maxAttempts?: number;

  @ManyOf({ values: RETRIED_ENDS, description: 'which ends are tried again', default: ['failed', 'timed_out'] })
  retryOn?: RetriedEnd[];

  @Integer({
    description: 'pause before the second attempt, in ms; doubled for each further one, with jitter',
    min: 0,
    max: LIMITS.retryDelay.max,
    default: LIMITS.retryDelay.default,
  })
  retryDelay?: number;

  @JsonObject({
    description: 'your own JSON object, returned untouched as `labels`; at most 16 KiB',
    maxBytes: LIMITS.metadataBytes,
    example: { requestedBy: 'phone' },
  })
  metadata?: Record<string, unknown>;

  @WebhookUrl({ description: 'called when the task has ended', example: 'https://example.org/hook' })
  webhook?: string;
}

export class CommandTaskDto extends CommonTaskDto {
  @OneOf({ values: ['command'], description: 'what kind of task this is', default: 'command' })
  type?: 'command';

  @Text({
    required: true,
    description: 'the shell command to run',
    minBytes: 1,
    maxBytes: LIMITS.commandBytes,
    withoutNul: true,
    example: 'uname -a',
  })
  command: string;

  @WorkingFolder()
  cwd?: string;

  @Variables({ description: 'extra environment variables; reads show their names only', example: { LANG: 'C' } })
  env?: Record<string, string>;

  @Text({ description: 'fed to standard input, which is closed without it' })
  @Base64When('stdinEncoding')
  stdin?: string;

  @OneOf({ values: TEXT_ENCODINGS, description: 'how `stdin` is encoded', default: 'utf8' })
  stdinEncoding?: TextEncoding;

  @IdleTimeout()
  idleTimeout?: number;

  @Artifacts()
  artifacts?: string[];
}

export class FileReadTaskDto extends CommonTaskDto {
  @Type('file-read')
  type: 'file-read';

  @Path()
  path: string;

  @OneOf({ values: TEXT_ENCODINGS, description: 'how the content comes back in `stdout`', default: 'utf8' })
  encoding?: TextEncoding;
}

export class FileWriteTaskDto extends CommonTaskDto {
  @Type('file-write')
  type: 'file-write';

  @Path()
  path: string;

  @Text({ description: 'the new content of the file, unless `upload` names it', example: 'hello\n' })
  @Base64When('encoding')
  content?: string;

  @OneOf({ values: TEXT_ENCODINGS, description: 'how `content` is encoded', default: 'utf8' })
  encoding?: TextEncoding;

  @Text({ description: 'the `upload` that `POST /tasks/uploads` has answered, instead of `content`', pattern: UUID })
  upload?: string;

  @Text({
    description: 'permission bits of a new file; an existing one keeps its own',
    pattern: { expression: /^0?[0-7]{3,4}$/, meaning: 'an octal string such as "644"' },
    example: '644',
  })
  mode?: string;

  @IfMatch()
  ifMatch?: string;
}

export class FileEditTaskDto extends CommonTaskDto {
  @Type('file-edit')
  type: 'file-edit';

  @Path()
  path: string;

  @Text({ required: true, description: 'the exact text to replace', minBytes: 1, example: 'colour' })
  oldString: string;

  @Text({ required: true, description: 'the text to put in its place', example: 'color' })
  newString: string;

  @Flag({ description: 'replace every occurrence instead of failing on more than one', default: false })
  replaceAll?: boolean;

  @IfMatch()
  ifMatch?: string;
}

export class FileListTaskDto extends CommonTaskDto {
  @Type('file-list')
  type: 'file-list';

  @Path()
  path: string;
}

export class ClaudeTaskDto extends CommonTaskDto {
  @Type('claude-cli')
  type: 'claude-cli';

  @Text({
    required: true,
    description: 'the prompt, fed over standard input',
    minBytes: 1,
    maxBytes: LIMITS.promptBytes,
    example: 'Summarise the README of this folder.',
  })
  prompt: string;

  @Text({
    description: 'continues that conversation; without it one is started, and its id comes back',
    pattern: {
      expression: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
      meaning: 'an id of 1 to 128 letters, digits, dots, dashes and underscores',
    },
  })
  sessionId?: string;

  @Text({
    description: 'the model to ask',
    pattern: {
      expression: /^[A-Za-z0-9][A-Za-z0-9._:@/[\]-]{0,127}$/,
      meaning: 'a model name of 1 to 128 characters, such as "sonnet"',
    },
    example: 'sonnet',
  })
  model?: string;

  @WorkingFolder()
  cwd?: string;

  @Variables({ description: 'extra environment variables; reads show their names only' })
  env?: Record<string, string>;

  @IdleTimeout()
  idleTimeout?: number;

  @Artifacts()
  artifacts?: string[];

  @Text({
    description: 'the Discord channel that is told of the end, where Discord is set up',
    pattern: SNOWFLAKE,
    example: '1180000000000000001',
  })
  callbackChannel?: string;
}

export class FileReadDto extends OmitType(FileReadTaskDto, ['type']) {}

export class FileWriteDto extends OmitType(FileWriteTaskDto, ['type']) {}

export class FileListDto extends OmitType(FileListTaskDto, ['type']) {}

export class ClaudeDto extends OmitType(ClaudeTaskDto, ['type']) {}

/** The names of an edit's fields differ here from those of `POST /tasks`: clients of the shorthand know them so. */
export class FileEditDto extends OmitType(FileEditTaskDto, ['type', 'oldString', 'newString', 'replaceAll']) {
  @Text({ required: true, description: 'the exact text to replace', minBytes: 1, example: 'colour' })
  old_string: string;

  @Text({ required: true, description: 'the text to put in its place', example: 'color' })
  new_string: string;

  @Flag({ description: 'replace every occurrence instead of failing on more than one', default: false })
  replace_all?: boolean;
}

/** The body of `POST /tasks`, by task type. */
export const TASK_DTOS = {
  command: CommandTaskDto,
  'file-read': FileReadTaskDto,
  'file-write': FileWriteTaskDto,
  'file-edit': FileEditTaskDto,
  'file-list': FileListTaskDto,
  'claude-cli': ClaudeTaskDto,
} as const satisfies Record<TaskType, new () => CommonTaskDto>;

export type SubmitTaskDto = InstanceType<(typeof TASK_DTOS)[TaskType]>;

/** A call that takes no fields. */
export class EmptyDto {}

export class ReleaseHeldDto {
  @TextList({ description: 'ids of the tasks to release, default all', maxItems: 1000, maxBytes: 64 })
  ids?: string[];
}

export class ReleasedDto {
  @ApiProperty({ type: 'integer', description: 'how many tasks were released' })
  released: number;
}

export class SubmittedDto {
  @ApiProperty({ format: 'uuid' })
  taskId: string;

  @ApiProperty({ example: 'pending' })
  status: string;

  @ApiProperty({ description: 'milliseconds since the Unix epoch' })
  createdAt: number;

  @ApiProperty()
  message: string;
}

export class ClaudeSubmittedDto extends SubmittedDto {
  @ApiProperty({ description: 'the conversation that this prompt belongs to' })
  sessionId: string;
}
