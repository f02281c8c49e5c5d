import type { APIInteractionResponse } from 'discord-api-types/v10';
import type { DiscordMessageStore } from '../../storage/discord-message-store.js';
import { type TasksService, unknownTask } from '../../tasks/tasks.service.js';
import type { ButtonVerb } from '../messages/task-message.js';
import type { Asked } from './interaction.js';
import { form, later, NOTED, told } from './replies.js';

type Handler = (taskId: string, asked: Asked) => Promise<APIInteractionResponse>;

/**
 * The buttons of messages. A custom id names a task and nothing else: whoever may press it may do the same to any task by a
 * command, and whoever may not, was refused before.
 */
export class Buttons {
  private readonly handlers: Readonly<Record<ButtonVerb, Handler>> = {
    cancel: async (taskId, { call }) => {
      await this.tasks.cancel(taskId, call);
      return NOTED;
    },
    again: async (taskId, { call, key, answer }) => {
      await this.tasks.retry(taskId, key, call, answer('progress'));
      return later();
    },
    output: async (taskId, { answer }) => {
      if (!(await this.messages.add(taskId, answer('output')))) throw unknownTask(taskId);
      return later(true);
    },
    continue: async (taskId, { call }) => {
      await this.tasks.read(taskId, 0, call);
      return form(`prompt:${taskId}`, 'Continue the conversation', [{ id: 'prompt', label: 'What to ask' }]);
    },
  };

  constructor(
    private readonly tasks: TasksService,
    private readonly messages: DiscordMessageStore,
  ) {}

  async answer(customId: string, asked: Asked): Promise<APIInteractionResponse> {
    const [, verb = '', taskId = ''] = customId.match(/^(\w+):([\w-]+)$/) ?? [];
    if (!Object.hasOwn(this.handlers, verb)) return told('This button is of another version of the server.');
    return this.handlers[verb as ButtonVerb](taskId, asked);
  }
}
