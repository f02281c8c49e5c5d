import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERRORS } from '#contracts';
import { type ApiServer, startApi } from './api-server.js';

const docs = (name: string) => readFileSync(fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url)), 'utf8');

let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('the OpenAPI document', () => {
  it('is what docs/openapi.json holds (`npm run docs` writes it)', async () => {
    const { body } = await api.get('/docs-json', { token: null });
    expect(JSON.parse(docs('openapi.json'))).toEqual(body);
  });

  it('names every route once, with an answer for errors', async () => {
    const { body } = await api.get('/docs-json');
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path as object));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { responses } of operations) expect(responses).toHaveProperty('default');
  });

  it('is shown to people at /docs', async () => {
    const { status, headers, body } = await api.get('/docs', { token: null });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(body).toContain('swagger-ui');
  });
});

describe('docs/errors.md', () => {
  it('lists the catalogue of errors, no more and no fewer', () => {
    const rows = [...docs('errors.md').matchAll(/^\| `(\w+)` \| (\d+) \| (.+?) \| (.+) \|$/gm)];
    const listed = Object.fromEntries(
      rows.map(([, code, status, title, fix]) => [code, { status: Number(status), title, fix }]),
    );
    expect(listed).toEqual(ERRORS);
  });
});
