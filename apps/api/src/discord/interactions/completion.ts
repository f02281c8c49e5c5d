import {
  type APIApplicationCommandAutocompleteInteraction,
  type APIApplicationCommandInteractionDataOption,
  type APIInteractionResponse,
  ApplicationCommandOptionType,
} from 'discord-api-types/v10';
import type { TaskSummary } from '#contracts';
import type { SchedulesService } from '../../schedules/schedules.service.js';
import { EVERY_TASK, type TaskFilter } from '../../storage/task-store.js';
import type { WorkerRegistry } from '../../storage/worker-registry.js';
import type { TasksService } from '../../tasks/tasks.service.js';
import { cut } from '../messages/message-text.js';
import { labelOf } from '../messages/task-message.js';
import { choices } from './replies.js';

/** How many are looked through for what was typed. */
const LOOKED_AT = 200;
/** How many characters of a task are shown and looked through: a command may be a megabyte. */
const LONGEST_LABEL = 200;

interface Choice {
  name: string;
  value: string;
}

/** What may be meant by what has been typed so far. */
export class Completion {
  private readonly sources: Readonly<Record<string, (command: string) => Promise<Choice[]>>> = {
    worker: () => this.workerNames(),
    task: (command) => (command === 'cancel' ? this.unfinishedTasks() : this.tasksOf({})),
    schedule: () => this.scheduleNames(),
    session: () => this.sessions(),
  };

  constructor(
    private readonly tasks: TasksService,
    private readonly schedules: SchedulesService,
    private readonly workers: WorkerRegistry,
  ) {}

  async answer({ data }: APIApplicationCommandAutocompleteInteraction): Promise<APIInteractionResponse> {
    const focused = focusedOf(data.options);
    const source = focused && Object.hasOwn(this.sources, focused.name) ? this.sources[focused.name] : undefined;
    if (!source) return choices([]);
    const typed = String(focused?.value ?? '').toLowerCase();
    const fitting = (await source(data.name)).filter((choice) => fits(choice, typed));
    return choices(fitting);
  }

  private async workerNames(): Promise<Choice[]> {
    const { workers } = await this.workers.list(LOOKED_AT, null);
    // Those that could begin at once come first.
    const sorted = workers.toSorted((a, b) => Number(b.online) - Number(a.online));
    return sorted.map(({ name, online }) => ({ name: online ? name : `${name} (offline)`, value: name }));
  }

  /** What runs comes first: newer ones that wait would push it out of the list. */
  private async unfinishedTasks(): Promise<Choice[]> {
    return [...(await this.tasksOf({ status: 'running' })), ...(await this.tasksOf({ status: 'pending' }))];
  }

  private async tasksOf(filter: Partial<TaskFilter>): Promise<Choice[]> {
    const { items } = await this.tasks.list({ ...EVERY_TASK, ...filter }, LOOKED_AT, undefined);
    return items.map((task) => ({ name: `${task.status}: ${shortLabelOf(task)}`, value: task.id }));
  }

  private async scheduleNames(): Promise<Choice[]> {
    const { items } = await this.schedules.list(LOOKED_AT, undefined);
    return items.map(({ id, name, cron }) => ({ name: `${name} (${cron})`, value: id }));
  }

  private async sessions(): Promise<Choice[]> {
    const conversations = await this.tasks.conversations();
    return conversations.map(({ sessionId, worker, cwd }) => ({
      name: [worker, cwd, sessionId].filter((part) => part !== null).join(' '),
      value: sessionId,
    }));
  }
}

const shortLabelOf = (task: TaskSummary): string => cut(labelOf(task), LONGEST_LABEL).replace(/\s+/g, ' ');

const fits = ({ name, value }: Choice, typed: string): boolean =>
  name.toLowerCase().includes(typed) || value.toLowerCase().startsWith(typed);

type Given = APIApplicationCommandInteractionDataOption | { name: string; value?: unknown; focused?: boolean };

function focusedOf(options: readonly Given[] = []): { name: string; value?: unknown } | undefined {
  const nested = options.flatMap((option) =>
    'type' in option && option.type === ApplicationCommandOptionType.Subcommand ? (option.options ?? []) : [option],
  );
  return nested.find((option) => 'focused' in option && option.focused === true);
}
