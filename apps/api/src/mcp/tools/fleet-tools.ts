import { Injectable } from '@nestjs/common';
import { LIMITS } from '#contracts';
import { ListWorkersDto, ScheduleDto, ScheduleTaskDto, WorkerPageDto } from '#contracts/dto';
import { SchedulesService } from '../../schedules/schedules.service.js';
import { WorkerList } from '../../workers/worker-list.js';
import { type Tool, type ToolAnswer, tool } from '../tool.js';

/** The tools for machines and timetables. */
@Injectable()
export class FleetTools {
  readonly tools: readonly Tool[];

  constructor(workers: WorkerList, schedules: SchedulesService) {
    this.tools = [
      tool({
        name: 'list_workers',
        title: 'List workers',
        description: 'The machines that take tasks, with what they do and whether they are online.',
        route: 'GET /workers',
        hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
        input: ListWorkersDto,
        output: WorkerPageDto,
        run: async ({ limit = LIMITS.page.default, cursor }: ListWorkersDto) =>
          asJson(await workers.list(limit, cursor)),
      }),
      tool({
        name: 'schedule_task',
        title: 'Schedule a task',
        description:
          'Has a task made again and again. The task is {"command": …} for a command, or has a type (file-read, file-write, ' +
          'file-edit, file-list, claude-cli) and the fields of the tool for that.',
        route: 'POST /schedules',
        hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
        input: ScheduleTaskDto,
        output: ScheduleDto,
        run: async (given: ScheduleTaskDto, { call }) => asJson(await schedules.create(given, call)),
      }),
    ];
  }
}

const asJson = (structured: object): ToolAnswer => ({ texts: [JSON.stringify(structured)], structured });
