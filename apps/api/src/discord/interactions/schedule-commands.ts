import type { APIInteractionResponse } from 'discord-api-types/v10';
import type { ScheduleRecord } from '#contracts';
import { CreateScheduleDto } from '#contracts/dto';
import { ApiError } from '../../http/problem.js';
import { validated } from '../../http/validation.js';
import type { SchedulesService } from '../../schedules/schedules.service.js';
import { asCode } from '../messages/message-text.js';
import type { Asked } from './interaction.js';
import { given, type Options } from './options.js';
import { listed } from './overviews.js';
import { later, told } from './replies.js';

const LOOKED_AT = 200;

/** `/schedule` and its subcommands. */
export class ScheduleCommands {
  constructor(private readonly schedules: SchedulesService) {}

  async answer(options: Options, asked: Asked): Promise<APIInteractionResponse> {
    switch (options.subcommand) {
      case 'list':
        return this.list();
      case 'add':
        return this.add(options, asked);
      case 'run':
        return this.run(options, asked);
      case 'pause':
        return this.enable(options, false, asked);
      case 'resume':
        return this.enable(options, true, asked);
      default:
        return told('This server has no such subcommand: `ocw discord register` brings Discord’s list up to date.');
    }
  }

  private async list(): Promise<APIInteractionResponse> {
    const { items } = await this.schedules.list(LOOKED_AT, undefined);
    return listed(items.map(lineOf), 'There is no schedule.');
  }

  private async add(options: Options, { call }: Asked): Promise<APIInteractionResponse> {
    const task = { command: options.get('command'), worker: options.get('worker') };
    const when = { name: options.get('name'), cron: options.get('cron'), timezone: options.get('timezone') };
    const terms = validated(CreateScheduleDto, { ...given(when), task: given(task) }, { unknownFields: 'refuse' });
    const schedule = await this.schedules.create(terms, call);
    return listed([`${asCode(schedule.name, 128)} is made.`, lineOf(schedule)], '');
  }

  private async run(options: Options, { call, key, answer }: Asked): Promise<APIInteractionResponse> {
    await this.schedules.run(await this.idOf(options), key, call, answer('progress'));
    return later();
  }

  private async enable(options: Options, enabled: boolean, { call }: Asked): Promise<APIInteractionResponse> {
    const schedule = await this.schedules.update(await this.idOf(options), { enabled }, call);
    return listed([lineOf(schedule)], '');
  }

  /** By its id, as the list of choices gives it, or by a name that only one has. */
  private async idOf(options: Options): Promise<string> {
    const which = options.text('schedule') ?? '';
    const { items } = await this.schedules.list(LOOKED_AT, undefined);
    const named = items.filter(({ id, name }) => id === which || name === which);
    const [one] = named;
    if (named.length === 1 && one) return one.id;
    const words =
      named.length > 1 ? 'several schedules have this name: take one of the list' : `there is no schedule ${which}`;
    throw new ApiError('schedule_not_found', words);
  }
}

function lineOf({ name, cron, timezone, enabled, nextFireAt }: ScheduleRecord): string {
  const next = enabled && nextFireAt !== null ? `next <t:${Math.floor(nextFireAt / 1000)}:R>` : 'paused';
  return `${asCode(name, 128)} · ${asCode(cron, 256)} ${asCode(timezone, 64)} · ${next}`;
}
