import { Injectable } from '@nestjs/common';
import { LIMITS, type TaskSummary } from '#contracts';
import {
  CancelTaskDto,
  ListTasksDto,
  OutputPieceDto,
  TaskListDto,
  TaskOutcomeDto,
  TaskOutputDto,
  TaskStatusDto,
} from '#contracts/dto';
import { TasksService } from '../../tasks/tasks.service.js';
import { excerpt } from '../excerpt.js';
import { TaskOutcomes } from '../task-outcomes.js';
import { TaskText } from '../task-text.js';
import { TaskWaiting } from '../task-waiting.js';
import { type Tool, type ToolAnswer, type ToolContext, tool } from '../tool.js';

const READS = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
/** How much a list shows of a command or a prompt, in characters. */
const SHOWN = 120;

/** The tools for tasks that there are already. */
@Injectable()
export class TaskTools {
  readonly tools: readonly Tool[];

  constructor(
    private readonly tasks: TasksService,
    private readonly waiting: TaskWaiting,
    private readonly outcomes: TaskOutcomes,
    private readonly text: TaskText,
  ) {
    this.tools = [
      tool({
        name: 'task_status',
        title: 'See how a task stands',
        description:
          'How a task stands, or how it ended, with its output. With wait it is answered when the task ends.',
        route: 'GET /tasks/:id',
        hints: READS,
        input: TaskStatusDto,
        output: TaskOutcomeDto,
        run: (given: TaskStatusDto, context) => this.status(given, context),
      }),
      tool({
        name: 'task_output',
        title: 'Read the output of a task',
        description:
          'A piece of what a task has printed, or of the file that it has read, from offset on. nextOffset reads on; with ' +
          'done there is no more.',
        route: 'GET /tasks/:id/output',
        hints: READS,
        input: TaskOutputDto,
        output: OutputPieceDto,
        run: (given: TaskOutputDto, context) => this.output(given, context),
      }),
      tool({
        name: 'cancel_task',
        title: 'Cancel a task',
        description: 'Ends a task that waits, or has the command of one that runs ended with all that it has started.',
        route: 'POST /tasks/:id/cancel',
        hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
        input: CancelTaskDto,
        output: TaskOutcomeDto,
        run: async ({ taskId }: CancelTaskDto, { call }) => {
          await this.tasks.cancel(taskId, call);
          const { texts, structured } = await this.outcomes.of(taskId, call);
          return { texts, structured };
        },
      }),
      tool({
        name: 'list_tasks',
        title: 'List tasks',
        description: 'The tasks of this server, newest first, whoever has submitted them.',
        route: 'GET /tasks',
        hints: READS,
        input: ListTasksDto,
        output: TaskListDto,
        run: (given: ListTasksDto) => this.list(given),
      }),
    ];
  }

  private async status({ taskId, wait = 0, maxCharacters }: TaskStatusDto, context: ToolContext): Promise<ToolAnswer> {
    await this.waiting.ended(taskId, wait, context);
    return this.outcomes.of(taskId, context.call, maxCharacters);
  }

  private async output(
    { taskId, stream = 'stdout', offset = 0, wait = 0, maxCharacters: room }: TaskOutputDto,
    { call }: ToolContext,
  ): Promise<ToolAnswer> {
    const { record, printed } = await this.text.beyond(taskId, stream, offset, wait, call);
    const { text, leftOut } = excerpt(printed[stream].slice(offset), room ?? LIMITS.tools.characters.default, 'head');
    const done = record.completedAt !== null && leftOut === 0;
    const structured = {
      taskId,
      stream,
      offset,
      text,
      nextOffset: offset + text.length,
      status: record.status,
      done,
    } satisfies OutputPieceDto;
    const more = done ? 'nothing follows' : `nextOffset ${structured.nextOffset}`;
    return { texts: [text, `${stream} of task ${taskId}, ${record.status}: ${more}`].filter(Boolean), structured };
  }

  private async list({ status, type, worker, q, limit, cursor }: ListTasksDto): Promise<ToolAnswer> {
    const filter = { ...ALL, status: status ?? null, type: type ?? null, worker: worker ?? null, q: q ?? null };
    const { items, nextCursor } = await this.tasks.list(filter, limit ?? LIMITS.tools.listed.default, cursor);
    const structured = { items: items.map(toListed), nextCursor } satisfies TaskListDto;
    return { texts: [JSON.stringify(structured)], structured };
  }
}

const ALL = { schedule: null, from: null, to: null, held: false };

/** The fields of its type, as far as a list shows them. */
type Submitted = Partial<Record<'command' | 'path' | 'prompt' | 'sessionId', string>>;

function toListed(task: TaskSummary) {
  const { taskId, type, status, worker, createdAt, completedAt, exitCode, error } = task;
  const { command, path, prompt, sessionId } = task as Submitted;
  const what = excerpt(command ?? path ?? prompt ?? '', SHOWN, 'head').text;
  return {
    taskId,
    type,
    status,
    what,
    worker,
    createdAt,
    completedAt,
    exitCode,
    error,
    sessionId: sessionId ?? null,
  };
}
