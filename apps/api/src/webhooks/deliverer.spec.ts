import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { WebhookMetrics } from '../metrics/webhook-metrics.js';
import { Shutdown } from '../shutdown.js';
import { Deliverer } from './deliverer.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('Deliverer', () => {
  it('lets the server stop although an attempt does not end', async () => {
    const begun: string[] = [];
    const dispatch = { id: 'one', webhookId: null, url: 'https://example.org', origin: '//example.org', body: '{}' };
    const store = {
      due: async () => (begun.length === 0 ? [dispatch] : []),
      secrets: () => {
        begun.push(dispatch.id);
        return new Promise(() => undefined);
      },
    };
    const clock = { now: () => ({ wall: 0, monotonic: 0 }) };
    const nothing = { webhookAllowedAddresses: [] };
    const metrics = new WebhookMetrics(new Registry());
    const deliverer = new Deliverer(
      ...([store, {}, clock, nothing, {}, metrics, new Shutdown()] as unknown as ConstructorParameters<
        typeof Deliverer
      >),
    );
    await deliverer.look();
    expect(begun).toEqual(['one']);
    let stopped = false;
    const stopping = deliverer.onApplicationShutdown().then(() => {
      stopped = true;
    });
    await jest.advanceTimersByTimeAsync(2000);
    expect(stopped).toBe(false);
    await jest.advanceTimersByTimeAsync(1000);
    expect(stopped).toBe(true);
    await stopping;
  });
});
