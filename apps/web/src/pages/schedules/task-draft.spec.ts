import { describe, expect, it } from '@jest/globals';
import { asKind, toDraft, toTask } from './task-draft.js';

describe('the draft of a task', () => {
  it.each([
    { command: 'make' },
    { command: 'make', cwd: '~/site', worker: 'mac', timeout: 90_000, maxAttempts: 3, tags: ['gpu'] },
    { type: 'claude-cli', prompt: 'What is new?', timeout: 600_000 },
    { type: 'file-write', path: '~/note', content: 'x' },
  ])('says the same as the task that it was made of: %j', (task) => {
    expect(toTask(toDraft(task))).toEqual(task);
  });

  it('goes on as JSON from what was filled in', () => {
    const draft = asKind({ ...toDraft(), text: 'make', minutes: '1.5' }, 'json');
    expect(JSON.parse(draft.json)).toEqual({ command: 'make', timeout: 90_000 });
    expect(() => toTask({ ...draft, json: '{' })).toThrow(SyntaxError);
  });
});
