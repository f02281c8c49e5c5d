import { describe, expect, it } from '@jest/globals';
import { WORKER_SETTINGS, withoutWorkerSettings } from './worker-settings.js';

describe('withoutWorkerSettings', () => {
  it('leaves out every setting and what has no value, and keeps the rest', () => {
    const settings = Object.fromEntries(WORKER_SETTINGS.map((name) => [name, 'secret']));
    const env = { ...settings, PATH: '/bin', EMPTY: '', WORKER_TOKENS: 'mine', MISSING: undefined };
    expect(withoutWorkerSettings(env)).toEqual({ PATH: '/bin', EMPTY: '', WORKER_TOKENS: 'mine' });
  });
});
