import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TASK_TYPES } from '#contracts';
import { FileEditDto, fieldsOf, ReportDto, TASK_DTOS, WorkerDescriptionDto, WorkerPollDto } from '#contracts/dto';
import { type Answer, type ApiServer, startApi } from './api-server.js';

let api: ApiServer;
beforeAll(async () => {
  api = await startApi({ RATE_LIMIT_PER_MINUTE: '0' });
});
afterAll(() => api.close());

const nastyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', '../..', '$&', '-rf', '%00', 'é'.repeat(500)),
);
const nastyNumber = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 2 ** 53, 1e308));
const nasty = fc.oneof(
  nastyText,
  nastyNumber,
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 4 }),
  fc.dictionary(nastyText, nastyText, { maxKeys: 4 }),
  fc.array(nastyText, { maxLength: 4 }),
);

/** Bodies with the DTO's own field names and some that it does not have, with any values. */
const bodyOf = (fields: Iterable<string>, fixed: fc.Arbitrary<object> = fc.constant({})) =>
  fc
    .tuple(fc.dictionary(fc.constantFrom(...fields, 'priority', 'constructor', 'then', 'toJSON'), nasty), fixed)
    .map(([any, given]) => ({ ...any, ...given }));

/** Whatever was sent, the answer is one of the contract's, and tells nothing of the inside. */
function holdToContract({ status, body }: Answer): void {
  expect(status).toBeLessThan(500);
  if (status === 200) return;
  expect([400, 404, 409]).toContain(status);
  expect(body).toMatchObject({ status, code: expect.stringMatching(/^[a-z_]+$/), requestId: expect.any(String) });
  expect(JSON.stringify(body)).not.toMatch(/node_modules|\.[jt]s:\d+|at \w+ \(/);
}

const attack = (path: string, body: fc.Arbitrary<unknown>, runs = 150) =>
  fc.assert(
    fc.asyncProperty(body, async (sent) => holdToContract(await api.post(path, sent))),
    { numRuns: runs },
  );

describe('whatever is sent', () => {
  it.each(TASK_TYPES)('POST /tasks answers as the contract says for a %s task', async (type) => {
    await attack('/tasks', bodyOf(fieldsOf(TASK_DTOS[type]), fc.constant({ type })));
  });

  it('POST /tasks answers as the contract says for any JSON', async () => {
    await attack('/tasks', fc.jsonValue());
  });

  it.each(['/files/read', '/files/write', '/files/edit', '/files/list', '/claude'])('%s does so too', async (path) => {
    const fields = ['path', 'content', 'encoding', 'prompt', 'env', 'cwd', ...fieldsOf(FileEditDto)];
    await attack(path, bodyOf(fields));
  });

  it('POST /worker/result does so too', async () => {
    const { taskId } = (await api.post('/tasks', { command: 'true' })).body;
    const report = bodyOf(fieldsOf(ReportDto), fc.record({ taskId: fc.constantFrom(taskId, 'unknown') }));
    await attack('/worker/result', report);
    await attack('/worker/result', fc.record({ results: fc.oneof(fc.array(report, { maxLength: 5 }), nasty) }));
  });

  it('POST /worker/poll does so too', async () => {
    const worker = fc.oneof(nasty, bodyOf(fieldsOf(WorkerDescriptionDto)));
    const terms = fc.record({ worker, wait: fc.constant(0) });
    await attack('/worker/poll', bodyOf(fieldsOf(WorkerPollDto), terms));
  });

  it('GET routes do so too, with any query', async () => {
    const query = fc.dictionary(fc.constantFrom('limit', 'cursor', 'x'), nastyText, { maxKeys: 3 });
    const queries = query.map((pairs) =>
      new URLSearchParams(
        Object.entries(pairs).map(([name, value]): [string, string] => [name, value.toWellFormed()]),
      ).toString(),
    );
    await fc.assert(fc.asyncProperty(queries, async (text) => holdToContract(await api.get(`/tasks?${text}`))));
    await fc.assert(
      fc.asyncProperty(nastyText, async (id) => {
        const path = encodeURIComponent(id.toWellFormed());
        holdToContract(await api.get(`/tasks/${path}?wait=0`));
      }),
    );
  });

  it('leaves a server that still works', async () => {
    const { taskId } = (await api.post('/tasks', { command: 'true' })).body;
    expect((await api.get(`/tasks/${taskId}`)).body.status).toBe('pending');
  });
});
