import { describe, expect, it } from '@jest/globals';
import type { APIApplicationCommandAutocompleteInteraction } from 'discord-api-types/v10';
import type { TaskSummary } from '#contracts';
import type { SchedulesService } from '../../schedules/schedules.service.js';
import type { TaskFilter } from '../../storage/task-store.js';
import type { WorkerRegistry } from '../../storage/worker-registry.js';
import type { TasksService } from '../../tasks/tasks.service.js';
import { Completion } from './completion.js';

/** What is offered as a task of `command` when so much is typed, with these tasks, newest first. */
async function offered(command: string, typed: string, all: Partial<TaskSummary>[]): Promise<string[]> {
  const list = async ({ status }: TaskFilter, limit: number) => ({
    items: all.filter((task) => status === null || task.status === status).slice(0, limit),
    nextCursor: null,
  });
  const completion = new Completion({ list } as unknown as TasksService, {} as SchedulesService, {} as WorkerRegistry);
  const options = [{ type: 3, name: 'task', value: typed, focused: true }];
  const interaction = { data: { name: command, options } } as unknown as APIApplicationCommandAutocompleteInteraction;
  const { data } = (await completion.answer(interaction)) as { data: { choices: { value: string }[] } };
  return data.choices.map(({ value }) => value);
}

const aTask = (id: string, status: TaskSummary['status'], command = 'true') => ({ id, status, command });

describe('the completion of a task', () => {
  it('offers to cancel what runs, however many newer tasks wait or have ended', async () => {
    const newer = [0, 1].flatMap((kind) =>
      Array.from({ length: 300 }, (_, n) => aTask(`newer-${kind}-${n}`, kind === 0 ? 'pending' : 'completed')),
    );
    const choices = await offered('cancel', '', [...newer, aTask('old', 'running')]);
    expect(choices.slice(0, 2)).toEqual(['old', 'newer-0-0']);
    expect(choices.some((id) => id.startsWith('newer-1'))).toBe(false);
  });

  it('looks through the beginning of a long command alone', async () => {
    const long = aTask('long', 'completed', `begin ${'x'.repeat(1_048_576)} end`);
    expect(await offered('status', 'begin', [long])).toEqual(['long']);
    expect(await offered('status', 'end', [long])).toEqual([]);
  });
});
