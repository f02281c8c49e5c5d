import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeApiServer } from '../../test/fake-api-server.js';
import { closeClients, httpClient } from '../testing/http-clients.js';
import { OutputApi } from './output-api.js';

const OUTPUT = {
  taskId: 't',
  attempt: 2,
  chunks: [{ seq: 5, stream: 'stdout' as const, data: 'é', encoding: 'utf8' as const }],
};

let server: FakeApiServer;
let api: OutputApi;

beforeEach(async () => {
  server = await FakeApiServer.start();
  api = new OutputApi(httpClient({ url: server.url }));
});

afterEach(async () => {
  await closeClients();
  await server.close();
});

describe('OutputApi', () => {
  it('sends the chunks, and tells what the server expects next', async () => {
    const outcome = api.send(OUTPUT);
    const call = await server.outputs.next();
    expect(call.body).toEqual(OUTPUT);
    expect(call.request.headers['x-worker-name']).toBe('mac');
    call.take();
    expect(await outcome).toEqual({ kind: 'expects', next: 6 });
  });

  it('learns from a gap where to go on', async () => {
    const outcome = api.send(OUTPUT);
    (await server.outputs.next()).refuse(409, 'output_gap', 'a gap', { next: 3 });
    expect(await outcome).toEqual({ kind: 'expects', next: 3 });
  });

  it.each([
    [404, 'task_not_found'],
    [409, 'stale_attempt'],
    [409, 'not_claimant'],
    [404, 'not_found'],
    [400, 'validation_failed'],
    [413, 'payload_too_large'],
  ])('knows from %d %s that the output is not wanted', async (status, code) => {
    const outcome = api.send(OUTPUT);
    (await server.outputs.next()).refuse(status, code);
    expect(await outcome).toEqual({ kind: 'unwanted', detail: `HTTP ${status}: ${code}` });
  });

  it.each([
    [200, '{}', 'server'],
    [404, '<html>no backend</html>', 'refused'],
    [503, '<html>', 'server'],
    [401, '{}', 'unauthorized'],
  ])('takes %d with %s for a failure that may pass', async (status, body, kind) => {
    const outcome = api.send(OUTPUT);
    (await server.outputs.next()).answer(status, body);
    expect(await outcome).toMatchObject({ kind: 'failed', error: { kind } });
  });
});
