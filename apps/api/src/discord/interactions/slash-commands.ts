import type { APIChatInputApplicationCommandInteraction, APIInteractionResponse } from 'discord-api-types/v10';
import { ApiError } from '../../http/problem.js';
import { parseSubmission } from '../../tasks/task-submission.js';
import type { TasksService } from '../../tasks/tasks.service.js';
import type { Asked } from './interaction.js';
import { given, Options } from './options.js';
import type { Overviews } from './overviews.js';
import { form, LONGEST_CUSTOM_ID, later, told } from './replies.js';
import type { ScheduleCommands } from './schedule-commands.js';

type Handler = (options: Options, asked: Asked) => Promise<APIInteractionResponse>;

/** For whoever does not wait in front of it: longer than what the API takes for a task that says nothing. */
const TIMEOUT_MS = { command: 3_600_000, claude: 1_800_000 };

/** The commands by their names, as `#discord` has them registered. */
export class SlashCommands {
  private readonly handlers: Readonly<Record<string, Handler>> = {
    run: (options, asked) =>
      this.submit(
        {
          type: 'command',
          command: options.get('command'),
          cwd: options.get('cwd'),
          worker: options.get('worker'),
          timeout: timeoutOf(options, TIMEOUT_MS.command),
        },
        asked,
      ),
    claude: (options, asked) =>
      this.submit(
        {
          type: 'claude-cli',
          prompt: options.get('prompt'),
          sessionId: options.get('session'),
          model: options.get('model'),
          cwd: options.get('cwd'),
          worker: options.get('worker'),
          timeout: timeoutOf(options, TIMEOUT_MS.claude),
        },
        asked,
      ),
    read: (options, asked) =>
      this.submit(
        { type: 'file-read', path: options.get('path'), encoding: 'base64', worker: options.get('worker') },
        asked,
      ),
    write: (options, asked) => this.write(options, asked),
    edit: (options, asked) => this.edit(options, asked),
    status: (options, asked) => this.overviews.status(options.text('task'), asked),
    tasks: (options) => this.overviews.tasks(options.text('status'), options.text('worker')),
    cancel: async (options, asked) => {
      const { status } = await this.tasks.cancel(options.text('task') ?? '', asked.call);
      return told(status === 'cancelled' ? 'It is cancelled.' : 'Its worker was asked to end it.');
    },
    schedule: (options, asked) => this.schedules.answer(options, asked),
    workers: () => this.overviews.workers(),
  };

  constructor(
    private readonly tasks: TasksService,
    private readonly overviews: Overviews,
    private readonly schedules: ScheduleCommands,
  ) {}

  async answer(interaction: APIChatInputApplicationCommandInteraction, asked: Asked): Promise<APIInteractionResponse> {
    const { name } = interaction.data;
    const handler = Object.hasOwn(this.handlers, name) ? this.handlers[name] : undefined;
    if (!handler)
      return told(`This server has no command /${name}: \`ocw discord register\` brings Discord's list up to date.`);
    return handler(Options.of(interaction), asked);
  }

  /** Makes the task; what becomes of it follows. Throws `validation_failed`. */
  async submit(fields: object, { call, key, answer }: Asked): Promise<APIInteractionResponse> {
    await this.tasks.submit([parseSubmission(given(fields))], key, call, answer('progress'));
    return later();
  }

  private async write(options: Options, asked: Asked): Promise<APIInteractionResponse> {
    const path = options.text('path');
    const worker = options.get('worker');
    const content = options.get('content');
    if (content !== undefined) return this.submit({ type: 'file-write', path, content, worker }, asked);
    return form(formId('write', worker), 'Write a file', [
      { id: 'path', label: 'Path', value: path, short: true },
      { id: 'content', label: 'Content', optional: true },
    ]);
  }

  private async edit(options: Options, asked: Asked): Promise<APIInteractionResponse> {
    const path = options.text('path');
    const worker = options.get('worker');
    const [oldString, newString] = [options.text('old'), options.text('new')];
    const replaceAll = options.get('all');
    if (oldString !== undefined && newString !== undefined)
      return this.submit({ type: 'file-edit', path, oldString, newString, replaceAll, worker }, asked);
    return form(formId(replaceAll ? 'edit-all' : 'edit', worker), 'Edit a file', [
      { id: 'path', label: 'Path', value: path, short: true },
      { id: 'old', label: 'The exact text to replace', value: oldString },
      { id: 'new', label: 'The text in its place', value: newString, optional: true },
    ]);
  }
}

/** What a form is for, and the worker that it is for. */
function formId(verb: string, worker: unknown): string {
  const id = `${verb}:${worker ?? ''}`;
  if (id.length <= LONGEST_CUSTOM_ID) return id;
  throw new ApiError(
    'validation_failed',
    'the name of this worker is too long for a form: give the text with the command',
  );
}

function timeoutOf(options: Options, standard: number): unknown {
  const seconds = options.get('timeout');
  return seconds === undefined ? standard : Number(seconds) * 1000;
}
