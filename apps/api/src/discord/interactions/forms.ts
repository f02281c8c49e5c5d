import type { APIInteractionResponse, APIModalSubmitInteraction } from 'discord-api-types/v10';
import type { TasksService } from '../../tasks/tasks.service.js';
import type { Asked } from './interaction.js';
import { typedInto } from './options.js';
import { told } from './replies.js';
import type { SlashCommands } from './slash-commands.js';

/** What was typed into a form. */
export class Forms {
  constructor(
    private readonly tasks: TasksService,
    private readonly commands: SlashCommands,
  ) {}

  async answer(interaction: APIModalSubmitInteraction, asked: Asked): Promise<APIInteractionResponse> {
    const [verb, ...rest] = interaction.data.custom_id.split(':');
    const of = rest.join(':');
    const typed = typedInto(interaction);
    const file = { path: typed.get('path'), worker: of === '' ? undefined : of };
    switch (verb) {
      case 'write':
        return this.commands.submit({ type: 'file-write', ...file, content: typed.get('content') ?? '' }, asked);
      case 'edit':
      case 'edit-all': {
        const texts = { oldString: typed.get('old'), newString: typed.get('new') ?? '' };
        return this.commands.submit({ type: 'file-edit', ...file, ...texts, replaceAll: verb === 'edit-all' }, asked);
      }
      case 'prompt':
        return this.goOn(of, typed.get('prompt'), asked);
      default:
        return told('This form is of another version of the server. Give the command again.');
    }
  }

  /** Goes on with the conversation of a task, with the model and the limits that it had. Throws `task_not_found`. */
  private async goOn(taskId: string, prompt: string | undefined, asked: Asked): Promise<APIInteractionResponse> {
    const record = await this.tasks.read(taskId, 0, asked.call);
    if (record.type !== 'claude-cli') return told('This task is no conversation with Claude.');
    const { sessionId, model, cwd } = record as typeof record & { sessionId: string; model?: string; cwd?: string };
    return this.commands.submit({ type: 'claude-cli', prompt, sessionId, model, cwd, timeout: record.timeout }, asked);
  }
}
