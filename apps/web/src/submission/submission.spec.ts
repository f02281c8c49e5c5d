import { describe, expect, it } from '@jest/globals';
import type { TaskSummary } from '#contracts';
import { curlLine, ocwLine } from './command-lines.js';
import { type Draft, EMPTY_DRAFT, spanOf } from './draft.js';
import { draftOfTask } from './draft-of-task.js';
import { DraftError, submissionOf } from './submission.js';

const draft = (part: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...part });

describe('a draft as a submission', () => {
  it.each([
    [{ command: 'true' }, { type: 'command', command: 'true' }],
    [
      { command: 'x', cwd: ' ~/a ', env: [{ id: 1, name: 'A', value: 'b' }], stdin: 'in', artifacts: '~/a\n\n~/b*\n' },
      { type: 'command', command: 'x', cwd: '~/a', env: { A: 'b' }, stdin: 'in', artifacts: ['~/a', '~/b*'] },
    ],
    [
      { type: 'file-read', path: '~/x', encoding: 'base64' },
      { type: 'file-read', path: '~/x', encoding: 'base64' },
    ],
    [
      { type: 'file-write', path: '~/x', mode: '600' },
      { type: 'file-write', path: '~/x', content: '', mode: '600' },
    ],
    [
      { type: 'file-edit', path: '~/x', oldString: 'a', replaceAll: true },
      { type: 'file-edit', path: '~/x', oldString: 'a', newString: '', replaceAll: true },
    ],
    [
      { type: 'file-list', path: '~', command: 'of before' },
      { type: 'file-list', path: '~' },
    ],
    [
      { type: 'claude-cli', prompt: 'hi', model: 'sonnet', retryOn: ['lost'] },
      { type: 'claude-cli', prompt: 'hi', model: 'sonnet' },
    ],
    [
      {
        command: 'x',
        tags: 'a, b,',
        timeout: { amount: '1.5', unit: 'm' },
        start: 'delay',
        delay: { amount: '2', unit: 'h' },
        runAt: '2026-01-01T00:00',
        maxAttempts: '3',
        metadata: '{"a": 1}',
      },
      {
        type: 'command',
        command: 'x',
        tags: ['a', 'b'],
        timeout: 90_000,
        delay: 7_200_000,
        maxAttempts: 3,
        retryOn: ['failed', 'timed_out'],
        metadata: { a: 1 },
      },
    ],
  ] satisfies [Partial<Draft>, object][])('%j', (part, body) => {
    expect(submissionOf(draft(part))).toEqual(body);
  });

  it('names an upload in the place of the content', () => {
    const write = draft({ type: 'file-write', path: '~/x', content: 'of before' });
    expect(submissionOf(write, 'id')).toEqual({ type: 'file-write', path: '~/x', upload: 'id' });
    expect(submissionOf({ ...write, upload: 'of before' })).toMatchObject({ upload: 'of before' });
    expect(submissionOf({ ...write, upload: 'of before' }, 'id')).toMatchObject({ upload: 'id' });
  });

  it('tells the field that cannot be sent', () => {
    const field = (part: Partial<Draft>) => {
      try {
        submissionOf(draft(part));
        return null;
      } catch (error) {
        return error instanceof DraftError ? error.fields[0]?.field : error;
      }
    };
    expect(field({ metadata: '{' })).toBe('metadata');
    expect(field({ start: 'at' })).toBe('runAt');
  });
});

const RECORD = {
  type: 'command',
  command: "echo 'hi'",
  env: ['KEY'],
  worker: 'mac',
  tags: ['a'],
  timeout: 300_000,
  expiresIn: 900_000,
  priority: 0,
  maxAttempts: 1,
  retryOn: ['failed', 'timed_out'],
  retryDelay: 1000,
  labels: { a: 1 },
  webhook: 'https://example.org/hook',
} as unknown as TaskSummary;

describe('a task as a draft', () => {
  it('has what was asked, but for the values of variables', () => {
    expect(submissionOf(draftOfTask(RECORD))).toEqual({
      type: 'command',
      command: "echo 'hi'",
      env: { KEY: '' },
      worker: 'mac',
      tags: ['a'],
      timeout: 300_000,
      metadata: { a: 1 },
      webhook: 'https://example.org/hook',
    });
  });

  it('can be asked for from a terminal', () => {
    const asked = draftOfTask(RECORD);
    expect(ocwLine(asked)).toBe("ocw run -w mac --timeout 5m -t a -e 'KEY=…' -- 'echo '\\''hi'\\'''");
    expect(curlLine(asked, 'http://127.0.0.1:1')).toContain('curl http://127.0.0.1:1/tasks');
    expect(curlLine(asked, 'http://127.0.0.1:1')).toContain(`"env":{"KEY":"…"}`);
    expect(ocwLine({ ...asked, type: 'file-list' })).toBeNull();
  });

  it('tells lengths of time in the largest whole unit', () => {
    expect([1500, 90_000, 3_600_000, 172_800_000].map(spanOf)).toEqual([
      { amount: '1.5', unit: 's' },
      { amount: '90', unit: 's' },
      { amount: '1', unit: 'h' },
      { amount: '2', unit: 'd' },
    ]);
  });
});
