import { Injectable, type Type } from '@nestjs/common';
import { LIMITS, type TaskType } from '#contracts';
import {
  AskClaudeDto,
  EditFileDto,
  ListDirectoryDto,
  ReadFileDto,
  RunCommandDto,
  TaskOutcomeDto,
  WriteFileDto,
} from '#contracts/dto';
import { ApiError } from '../../http/problem.js';
import { callKey } from '../../tasks/idempotency-key.js';
import { parseSubmission } from '../../tasks/task-submission.js';
import { TasksService } from '../../tasks/tasks.service.js';
import { TaskOutcomes } from '../task-outcomes.js';
import { TaskWaiting } from '../task-waiting.js';
import { type Tool, type ToolAnswer, type ToolContext, tool } from '../tool.js';

type Given = RunCommandDto | ReadFileDto | WriteFileDto | EditFileDto | ListDirectoryDto | AskClaudeDto;
type Described = Pick<Tool, 'name' | 'title' | 'description' | 'route' | 'hints'>;

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true };
const CHANGES = { readOnlyHint: false, destructiveHint: true, idempotentHint: false };

/** The tools that have a worker do something: each makes one task, and waits for its end. */
@Injectable()
export class SubmittingTools {
  readonly tools: readonly Tool[];

  constructor(
    private readonly tasks: TasksService,
    private readonly waiting: TaskWaiting,
    private readonly outcomes: TaskOutcomes,
  ) {
    this.tools = [
      this.submitting('command', RunCommandDto, {
        name: 'run_command',
        title: 'Run a command',
        description:
          "Runs a line of shell on the user's machine and answers its output and exit code. It may take 30 s unless timeout " +
          'says more. For what takes long, give a large timeout and wait: 0, and look later with task_status.',
        route: 'POST /tasks',
        hints: { ...CHANGES, openWorldHint: true },
      }),
      this.submitting('file-read', ReadFileDto, {
        name: 'read_file',
        title: 'Read a file',
        description:
          "Reads a file on the user's machine from its beginning; task_output reads on in a long one. The answer has its " +
          'SHA-256, for ifMatch.',
        route: 'POST /files/read',
        hints: { ...READS, openWorldHint: false },
      }),
      this.submitting('file-write', WriteFileDto, {
        name: 'write_file',
        title: 'Write a file',
        description:
          "Puts content in the place of a file on the user's machine, or makes the file and its folders. With ifMatch, only " +
          'if nobody has changed it since it was read.',
        route: 'POST /files/write',
        hints: { ...CHANGES, idempotentHint: true, openWorldHint: false },
      }),
      this.submitting('file-edit', EditFileDto, {
        name: 'edit_file',
        title: 'Edit a file',
        description:
          "Replaces an exact text in a file on the user's machine. A text that is not there, or is there more than once " +
          'without replaceAll, changes nothing and fails.',
        route: 'POST /files/edit',
        hints: { ...CHANGES, openWorldHint: false },
      }),
      this.submitting('file-list', ListDirectoryDto, {
        name: 'list_directory',
        title: 'List a directory',
        description: "The entries of a directory on the user's machine, as JSON.",
        route: 'POST /files/list',
        hints: { ...READS, openWorldHint: false },
      }),
      this.submitting('claude-cli', AskClaudeDto, {
        name: 'ask_claude',
        title: 'Ask Claude Code',
        description:
          "Gives a prompt to Claude Code on the user's machine, which can work in the folder cwd there. The answer has a " +
          'sessionId: give it with the next prompt to go on with the conversation. It may take 120 s unless timeout says more.',
        route: 'POST /claude',
        hints: { ...CHANGES, openWorldHint: true },
      }),
    ];
  }

  private submitting<T extends Given>(type: TaskType, input: Type<T>, described: Described): Tool {
    const run = (given: T, context: ToolContext) => this.submit(type, described.name, given, context);
    return tool<T>({ ...described, input, output: TaskOutcomeDto, run });
  }

  private async submit(type: TaskType, name: string, given: Given, context: ToolContext): Promise<ToolAnswer> {
    const { wait = LIMITS.tools.wait, maxCharacters, idempotencyKey, ...fields } = given;
    const { call, cancelled } = context;
    const key = idempotencyKey === undefined ? null : callKey(call.actor, idempotencyKey, `/mcp/${name}`, fields);
    const [accepted] = await this.tasks.submit([parseSubmission({ ...fields, type })], key, call);
    if (!accepted) throw new Error('a submission was taken and answered nothing');
    await this.waiting.ended(accepted.id, wait, context);
    if (cancelled.aborted) await this.cancel(accepted.id, context);
    return this.outcomes.of(accepted.id, call, maxCharacters);
  }

  /** The agent wants none of it any more. What has ended by then, has ended. */
  private async cancel(id: string, { call }: ToolContext): Promise<void> {
    await this.tasks.cancel(id, call).catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== 'task_ended') throw error;
    });
  }
}
