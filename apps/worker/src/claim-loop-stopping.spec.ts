import { describe, expect, it } from '@jest/globals';
import type { EndEarly } from './executors/executor.js';
import { ApiError } from './server/api-error.js';
import {
  ACKNOWLEDGED,
  api,
  begin,
  down,
  ended,
  FAILED,
  heldBy,
  letEnd,
  log,
  loop,
  pacing,
  runs,
  task,
  WORKER,
} from './testing/claim-loop-fixture.js';

describe('stopping', () => {
  it('gives up the held poll, says farewell and ends', async () => {
    await begin();
    const held = await api.polls.next();
    loop.drain();
    const farewell = await api.polls.next();
    expect(held.signal.aborted).toBe(true);
    expect(farewell.request).toEqual({ worker: WORKER, seq: 2, wait: 0, max: 0, draining: true, running: [] });
    farewell.say();
    expect(await ended).toBe('drained');
  });

  it('takes nothing from an answer that comes as it stops', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    loop.drain();
    expect((await api.polls.next()).request).toMatchObject({ wait: 0, running: [] });
    expect(runs.size).toBe(0);
  });

  it('takes nothing, and polls on until what runs has ended and is delivered', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    const held = await api.polls.next();
    loop.drain();
    const draining = await api.polls.next();
    expect(held.signal.aborted).toBe(true);
    expect(draining.request).toMatchObject({ draining: true, max: 0, wait: 15_000 });
    expect(heldBy(draining)).toEqual(['a/1']);
    (await runs.next()).end();
    const sent = await api.reports.next();
    expect(api.polls.size).toBe(0);
    sent.settle(ACKNOWLEDGED);
    const farewell = await api.polls.next();
    expect(farewell.request).toMatchObject({ draining: true, max: 0, wait: 0, running: [] });
    farewell.say();
    expect(await ended).toBe('drained');
  });

  it('cancels what runs when it is told to', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a'), task('b')] });
    await api.polls.next();
    loop.drain();
    loop.cancelAll('the worker was stopped');
    for (const run of [await runs.next(), await runs.next()]) {
      expect(run.signal.reason).toMatchObject({ status: 'cancelled', message: 'the worker was stopped' });
      run.end({ status: 'cancelled' });
    }
    expect(await letEnd()).toBe('drained');
  });

  it('ends though the server is away, and says what stays in the spool', async () => {
    await begin({}, [{ taskId: 'old', attempt: 1 }]);
    (await api.reports.next()).settle(FAILED);
    (await api.polls.next()).fail(down());
    await pacing.sleeps.next();
    await pacing.sleeps.next();
    loop.drain();
    (await api.reports.next()).settle(FAILED);
    const patience = await pacing.sleeps.next();
    expect(patience.ms).toBe(5000);
    patience.pass();
    expect(await ended).toBe('drained');
    expect(log.messages('warn').at(-1)).toBe('results not delivered: 1; they stay in the spool for the next start');
    // A farewell would say that nothing is held.
    expect(api.polls.size).toBe(0);
  });

  it('does not wait for the answer to its farewell without end', async () => {
    await begin();
    await api.polls.next();
    loop.drain();
    await api.polls.next();
    await pacing.sleeps.next();
    const limit = await pacing.sleeps.next();
    expect(limit.ms).toBe(5000);
    limit.pass();
    expect(await ended).toBe('drained');
  });

  it('says farewell before the server was ever reached', async () => {
    await begin();
    (await api.polls.next()).fail(down());
    await pacing.sleeps.next();
    loop.drain();
    (await api.polls.next()).fail(down());
    expect(await ended).toBe('drained');
  });
});

describe('a newer start of the same worker', () => {
  it('ends what runs, hands in its report, and ends the loop', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    (await api.polls.next()).fail(new ApiError('superseded', 'HTTP 409: a newer start is known'));
    const run = await runs.next();
    expect((run.signal.reason as EndEarly).status).toBe('cancelled');
    run.end({ status: 'cancelled' });
    (await api.reports.next()).settle(ACKNOWLEDGED);
    expect(await ended).toBe('superseded');
    expect(api.polls.size).toBe(0);
    expect(log.messages('error')).toEqual([expect.stringContaining('a newer start of worker "mac"')]);
  });
});
