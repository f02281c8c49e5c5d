import { describe, expect, it } from '@jest/globals';
import { EnvironmentToken } from './authentication.js';

describe('EnvironmentToken', () => {
  const tokens = new EnvironmentToken('kV7pQ2mX9sT4wZ6r');

  it('is an admin token', () => {
    expect(tokens.verify('kV7pQ2mX9sT4wZ6r')).toEqual({ id: 'environment', name: 'WORKER_TOKEN', role: 'admin' });
  });

  it.each(['', 'kV7pQ2mX9sT4wZ6', 'kV7pQ2mX9sT4wZ6rx', 'KV7PQ2MX9ST4WZ6R'])('is not %j', (token) => {
    expect(tokens.verify(token)).toBeNull();
  });
});
