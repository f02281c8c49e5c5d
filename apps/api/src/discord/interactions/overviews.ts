import { type APIInteractionResponse, InteractionResponseType } from 'discord-api-types/v10';
import { TASK_STATUSES, type TaskRecord, type TaskStatus } from '#contracts';
import { VERSION } from '#version';
import { invalid } from '../../http/problem.js';
import type { OutputStore } from '../../storage/output-store.js';
import { EVERY_TASK, type TaskStore } from '../../storage/task-store.js';
import type { WorkerRecord, WorkerRegistry } from '../../storage/worker-registry.js';
import type { TasksService } from '../../tasks/tasks.service.js';
import { asCode, LONGEST_CONTENT, NO_MENTIONS } from '../messages/message-text.js';
import { endMessage, heading, type MessageBody, progressMessage } from '../messages/task-message.js';
import { printedInAll, printedLast } from '../messages/task-output.js';
import type { Asked } from './interaction.js';

const LISTED = 10;
const WORKERS_LISTED = 100;
/** More than a message shows. */
const SHOWN_BYTES = 65_536;

/** How things stand, told at once. */
export class Overviews {
  constructor(
    private readonly tasksService: TasksService,
    private readonly store: TaskStore,
    private readonly output: OutputStore,
    private readonly registry: WorkerRegistry,
  ) {}

  /** Throws `task_not_found`. */
  async status(taskId: string | undefined, { call }: Asked): Promise<APIInteractionResponse> {
    if (taskId === undefined) return this.server();
    const record = await this.tasksService.read(taskId, 0, call);
    return shown(record.completedAt === null ? await this.running(record) : await this.ended(record));
  }

  async tasks(status: string | undefined, worker: string | undefined): Promise<APIInteractionResponse> {
    if (status !== undefined && !TASK_STATUSES.includes(status as TaskStatus))
      throw invalid([{ field: 'status', message: `status must be one of ${TASK_STATUSES.join(', ')}` }]);
    const filter = { ...EVERY_TASK, status: (status as TaskStatus | undefined) ?? null, worker: worker ?? null };
    const { items } = await this.tasksService.list(filter, LISTED, undefined);
    return listed(
      items.map((task) => `${time(task.createdAt)} ${heading(task)}`),
      'There is no such task.',
    );
  }

  async workers(): Promise<APIInteractionResponse> {
    const { workers } = await this.registry.list(WORKERS_LISTED, null);
    return listed(
      workers.map((worker) => `${asCode(worker.name, 128)} · ${standingOf(worker)}`),
      'No worker has ever come: start one with `ocw worker` on the machine to control.',
    );
  }

  private async server(): Promise<APIInteractionResponse> {
    const counts = await this.store.counts();
    const online = await this.registry.online();
    const names = online.map(({ name }) => asCode(name, 128)).join(', ');
    return listed(
      [
        `OpenClaw Worker ${VERSION}`,
        `${counts.running} running, ${counts.pending} waiting, ${counts.failed} failed of those that are kept`,
        online.length === 0 ? 'no worker is online' : `online: ${names}`,
      ],
      '',
    );
  }

  private async running(record: TaskRecord): Promise<MessageBody> {
    const { text } = await printedLast(this.output, record.taskId);
    return progressMessage(record, text);
  }

  private async ended(record: TaskRecord): Promise<MessageBody> {
    const { text } = await printedInAll(this.output, record, SHOWN_BYTES);
    return endMessage(record, text, []).body;
  }
}

/** As everybody's own clock has it: https://discord.com/developers/docs/reference#message-formatting. */
const time = (ms: number): string => `<t:${Math.floor(ms / 1000)}:R>`;

function standingOf({ online, draining, running, maxConcurrent, lastSeenAt, platform }: WorkerRecord): string {
  if (!online) return `offline, last seen ${time(lastSeenAt)}`;
  const busy = `${running} of ${maxConcurrent ?? '?'} busy`;
  const system = platform === null ? '' : ` · ${asCode(platform, 64)}`;
  return `${draining ? 'drains' : 'online'}, ${busy}${system}`;
}

/** As many lines as a message takes. */
export function listed(lines: readonly string[], nothing: string): APIInteractionResponse {
  let content = '';
  for (const line of lines) {
    if (content.length + line.length + 1 > LONGEST_CONTENT) break;
    content += content === '' ? line : `\n${line}`;
  }
  return shown({ content: content === '' ? nothing : content, allowed_mentions: NO_MENTIONS });
}

const shown = (body: MessageBody): APIInteractionResponse => ({
  type: InteractionResponseType.ChannelMessageWithSource,
  data: body,
});
