import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Logger } from '#logging';
import { ServiceManager } from './service-manager.js';

const UNIT = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) };
const PERIOD = 20_000;

let told: string[];
let errors: string[];
const logger = { error: (_: unknown, message: string) => errors.push(message) } as unknown as Logger;
const manager = (env: Record<string, string>) =>
  ServiceManager.from(env, logger, async (state) => {
    told.push(state);
  });
const answers = () => Promise.resolve();

beforeEach(() => {
  told = [];
  errors = [];
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('under systemd', () => {
  it('says ready, shows life three times in the time that systemd waits, and says that it stops', async () => {
    const systemd = manager(UNIT);
    await systemd.ready(answers);
    expect(told).toEqual(['READY=1']);
    await jest.advanceTimersByTimeAsync(3 * PERIOD);
    expect(told).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
    await systemd.stopping();
    await jest.advanceTimersByTimeAsync(3 * PERIOD);
    expect(told.slice(4)).toEqual(['STOPPING=1']);
  });

  it('shows no life while the storage does not answer, and again when it does', async () => {
    const systemd = manager(UNIT);
    let broken = true;
    await systemd.ready(() => (broken ? Promise.reject(new Error('disk I/O error')) : Promise.resolve()));
    await jest.advanceTimersByTimeAsync(2 * PERIOD);
    expect(told).toEqual(['READY=1']);
    expect(errors).toEqual(Array(2).fill(expect.stringContaining('the storage does not answer')));
    broken = false;
    await jest.advanceTimersByTimeAsync(PERIOD);
    expect(told).toEqual(['READY=1', 'WATCHDOG=1']);
    await systemd.stopping();
  });

  it('waits for a probe that hangs instead of asking again', async () => {
    const systemd = manager(UNIT);
    const probe = jest.fn(() => new Promise<void>(() => undefined));
    await systemd.ready(probe);
    await jest.advanceTimersByTimeAsync(10 * PERIOD);
    expect(probe).toHaveBeenCalledTimes(1);
    expect(told).toEqual(['READY=1']);
    await systemd.stopping();
  });

  it('goes on when systemd cannot be told, and logs it', async () => {
    const systemd = ServiceManager.from(UNIT, logger, () => Promise.reject(new Error('spawn systemd-notify ENOENT')));
    await systemd.ready(answers);
    await systemd.stopping();
    expect(errors).toEqual(['systemd was not told READY=1', 'systemd was not told STOPPING=1']);
  });

  it('shows no life where no watchdog is asked for, or another process is', async () => {
    const { WATCHDOG_USEC, NOTIFY_SOCKET } = UNIT;
    await manager({ NOTIFY_SOCKET }).ready(answers);
    await manager({ NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID: '1' }).ready(answers);
    expect(told).toEqual(['READY=1', 'READY=1']);
  });
});

describe('anywhere else', () => {
  it('is silent', async () => {
    const nobody = manager({ WATCHDOG_USEC: UNIT.WATCHDOG_USEC });
    await nobody.ready(answers);
    await nobody.stopping();
    expect(told).toEqual([]);
  });
});
