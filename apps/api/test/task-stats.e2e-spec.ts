import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApi } from './api-server.js';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const MINUTE = 60_000;

describe('GET /tasks/stats', () => {
  it('counts tasks by status, and how they ended by the time of their end', async () => {
    const ended: number[] = [];
    for (const exitCode of [0, 0, 1]) {
      const { taskId } = (await api.post('/tasks', { command: 'true' })).body;
      await api.get('/worker/poll?wait=0');
      await api.post('/worker/result', { taskId, exitCode });
      ended.push((await api.get(`/tasks/${taskId}`)).body.completedAt);
    }
    await api.post('/tasks', { command: 'true' });
    const [first = 0, , last = 0] = ended;
    const from = first - 2 * MINUTE;
    const { body } = await api.get(`/tasks/stats?from=${from}&to=${last + 1}&step=${MINUTE}`);
    expect(body.counts).toMatchObject({ pending: 1, running: 0, completed: 2, failed: 1 });
    expect(body.steps.map(({ at }: { at: number }) => at)).toEqual([from, from + MINUTE, from + 2 * MINUTE]);
    expect(body.steps.slice(0, 2)).toMatchObject([{ ended: {} }, { ended: {} }]);
    expect(body.steps[2].ended).toEqual({ completed: 2, failed: 1 });
    expect((await api.get(`/tasks/stats?from=${from}`)).body.steps).toHaveLength(1);
  });

  it.each([
    ['without from', 'from', ''],
    ['from no time', 'from', '?from=today'],
    ['in steps that are too short', 'step', '?from=0&step=1'],
    ['in more steps than one answer has', 'from', '?from=0&to=86400000&step=60000'],
  ])('does not count %s', async (_, field, query) => {
    const { status, body } = await api.get(`/tasks/stats${query}`);
    expect({ status, fields: body.errors }).toMatchObject({ status: 400, fields: [{ field }] });
  });
});
