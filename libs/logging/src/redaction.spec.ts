import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createLogger, type Logger } from './index.js';

const WORKER_TOKEN = 'kV7pQ2mX9sT4/Z6r+"\\=';
const { privateKey } = generateKeyPairSync('ed25519');
const SIGNING_KEY = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
const CLIENT_TOKEN = 'ocw_3vQ8rT1yU5iO7pA9sD2fG4hJ6kL8zX0c';
const VALUE = 'hunter2';

/** The lines of what `write` logs at any level, as text and as objects. */
function logged(write: (logger: Logger) => void) {
  const lines: string[] = [];
  const secrets = [WORKER_TOKEN, SIGNING_KEY];
  write(createLogger('test', 'trace', { secrets, destination: { write: (line) => lines.push(line) } }));
  return { text: lines.join(''), entries: lines.map((line) => JSON.parse(line)) };
}

const failure = (message: string, fields: object = {}) => Object.assign(new Error(message), fields);
const circular: Record<string, unknown> = { stdin: VALUE };
circular.self = circular;

describe('a line of the log', () => {
  it.each<[string, (logger: Logger) => void]>([
    ['a message', (log) => log.info(`called with ${WORKER_TOKEN} today`)],
    ['a path', (log) => log.info({ path: `/tasks/${encodeURIComponent(WORKER_TOKEN)}` }, 'request')],
    ['JSON inside JSON', (log) => log.info({ body: JSON.stringify({ a: JSON.stringify(WORKER_TOKEN) }) })],
    ["an error's message and stack", (log) => log.error({ err: failure(`no ${WORKER_TOKEN}`) })],
    ['the cause of an error', (log) => log.error({ err: new Error('no', { cause: failure(WORKER_TOKEN) }) })],
    ['the bindings of a child', (log) => log.child({ who: WORKER_TOKEN }).info('hello')],
    ['the name of a field', (log) => log.info({ [WORKER_TOKEN]: 1 })],
    ['an interpolated value', (log) => log.info('%s and %j', WORKER_TOKEN, { a: [WORKER_TOKEN] })],
  ])('shows no secret that is known, in %s', (_, write) => {
    const { text } = logged(write);
    expect(text).toContain('[redacted]');
    for (const form of [WORKER_TOKEN, JSON.stringify(WORKER_TOKEN).slice(1, -1), encodeURIComponent(WORKER_TOKEN)]) {
      expect(text).not.toContain(form);
    }
    expect(text).not.toContain('kV7pQ2mX9sT4');
  });

  it('shows no part of a key of several lines', () => {
    const [, encoded = ''] = SIGNING_KEY.split('\n');
    const { text } = logged((log) => {
      log.error({ err: failure(`bad key: ${SIGNING_KEY}`) });
      log.error(`bad key: ${encoded}`);
    });
    expect(text).not.toContain(encoded);
  });

  it.each<[string, (logger: Logger) => void]>([
    ['text', (log) => log.warn(`no token ${CLIENT_TOKEN}, or "${CLIENT_TOKEN}"`)],
    ['a list', (log) => log.warn({ rawHeaders: ['Authorization', `Bearer ${CLIENT_TOKEN}`] })],
    ['an error', (log) => log.warn(failure('refused', { request: { url: `/x?access=${CLIENT_TOKEN}` } }))],
  ])('shows no token that looks like ours, in %s', (_, write) => {
    expect(logged(write).text).not.toContain(CLIENT_TOKEN.slice(0, 12));
  });

  it.each(['Bearer some-other.token', 'bearer  some-other.token"quoted'])(
    'shows nothing of %j, whoever it is from',
    (header) => {
      const { entries, text } = logged((log) => log.info({ header, after: 'kept' }, `sent ${header}`));
      expect(text).not.toContain('some-other');
      expect(entries[0].after).toBe('kept');
    },
  );

  it.each<[string, (logger: Logger) => void]>([
    ['a field', (log) => log.info({ stdin: VALUE })],
    ['a deep field', (log) => log.info({ a: { b: [{ c: { d: { env: { NAME: VALUE } } } }] } })],
    ['an error', (log) => log.error({ err: failure('failed', { task: { input: { content: VALUE } } }) })],
    [
      'the cause of an error',
      (log) => log.error({ err: failure('no', { cause: failure(JSON.stringify({ stdin: VALUE })) }) }),
    ],
    ['a circle', (log) => log.info({ circular })],
    ['the bindings of a child', (log) => log.child({ body: { newString: VALUE } }).info('hello')],
    ['a message that is JSON', (log) => log.info(`body ${JSON.stringify({ x: 1, env: { NAME: VALUE } })}`)],
    ['text that is JSON in JSON', (log) => log.info({ raw: JSON.stringify({ a: JSON.stringify({ stdin: VALUE }) }) })],
    ['a printed object', (log) => log.info(`got { command: 'true', stdin: '${VALUE}' }`)],
    ['an object of its own form', (log) => log.info({ task: { toJSON: () => ({ content: VALUE }) } })],
    ['what a header says', (log) => log.info({ headers: { Authorization: VALUE, Cookie: VALUE } })],
  ])('shows no value that people give to their tasks, in %s', (_, write) => {
    const { text } = logged(write);
    expect(text).toContain('[redacted]');
    expect(text).not.toContain(VALUE);
  });

  it('keeps everything else', () => {
    const fields = { requestId: 'r', path: '/tasks', taskId: 't', content_type: 'text', environment: 'env', tokens: 2 };
    const { entries } = logged((log) =>
      log.info({ ...fields, stdin: null, list: [1, { a: true }] }, 'a content: fine'),
    );
    expect(entries).toEqual([
      expect.objectContaining({ ...fields, stdin: null, list: [1, { a: true }], msg: 'a content: fine', level: 30 }),
    ]);
  });

  it('is one JSON object on a line, also when something was taken out', () => {
    const { text } = logged((log) => {
      log.info({ env: { A: '1' } }, 'a\nb');
      log.info(`Bearer ${'\\"'.repeat(3)}`);
      log.info('plain');
    });
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => typeof JSON.parse(line))).toEqual(['object', 'object', 'object']);
  });

  it('stays JSON around a secret of quotes and backslashes', () => {
    const secret = '"quoted-on-both-ends\\';
    const lines: string[] = [];
    const log = createLogger('test', 'info', { secrets: [secret], destination: { write: (line) => lines.push(line) } });
    log.info(`"${secret}"`);
    log.info({ unquoted: secret.slice(1), nested: JSON.stringify([secret, '"']) });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ msg: '"[redacted]"' }),
      expect.objectContaining({ unquoted: secret.slice(1), nested: '["[redacted]","\\""]' }),
    ]);
  });

  it('takes no ordinary word for a secret that is too short to be one', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    createLogger('test', 'info', { secrets: ['', 'task'], destination }).info('a task ended');
    expect(JSON.parse(lines[0] ?? '').msg).toBe('a task ended');
  });
});
