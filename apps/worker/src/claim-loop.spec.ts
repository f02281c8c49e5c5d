import { rename, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { EndEarly } from './executors/executor.js';
import {
  ACKNOWLEDGED,
  api,
  begin,
  directory,
  down,
  ended,
  FAILED,
  heldBy,
  letEnd,
  log,
  loop,
  pacing,
  ref,
  registered,
  runs,
  task,
  WORKER,
} from './testing/claim-loop-fixture.js';
import { until } from './testing/processes.js';
import { spooledReports } from './testing/spooled-reports.js';

describe('asking for tasks', () => {
  it('says who asks, how much it can take, and for how long it waits', async () => {
    await begin();
    await registered();
    expect((await api.polls.next()).request).toEqual({
      worker: WORKER,
      seq: 2,
      wait: 30_000,
      max: 2,
      draining: false,
      running: [],
    });
  });

  it('does not wait in its first poll, so that it is known at once whether the server takes it', async () => {
    await begin();
    expect((await api.polls.next()).request).toMatchObject({ seq: 1, wait: 0, max: 2 });
  });

  it('has one poll open at a time, each with a greater number', async () => {
    await begin();
    for (const seq of [1, 2, 3]) {
      const poll = await api.polls.next();
      expect(poll.request.seq).toBe(seq);
      expect(api.polls.size).toBe(0);
      pacing.advance(30_000);
      poll.say();
    }
  });

  it('lists what it was handed in the next poll, at once, and asks for as much less', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    const next = await api.polls.next();
    expect(next.request).toMatchObject({
      max: 1,
      wait: 15_000,
      running: [{ taskId: 'a', attempt: 1, cancelling: false }],
    });
    expect((await runs.next()).task).toEqual(task('a'));
  });

  it('asks for nothing when it is full, and for more as soon as a place is free', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a'), task('b')] });
    const full = await api.polls.next();
    expect(full.request.max).toBe(0);
    (await runs.next()).end();
    const next = await api.polls.next();
    expect(full.signal.aborted).toBe(true);
    expect(next.request).toMatchObject({ seq: 3, max: 1 });
    expect(heldBy(next).sort()).toEqual(['a/1', 'b/1']);
  });

  it('leaves a poll that can take something to end when a place becomes free', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    const held = await api.polls.next();
    (await runs.next()).end();
    (await api.reports.next()).settle(ACKNOWLEDGED);
    expect(held.signal.aborted).toBe(false);
    expect(api.polls.size).toBe(0);
    held.say({ tasks: [task('b')] });
    expect(heldBy(await api.polls.next())).toEqual(['b/1']);
  });

  it('ignores what the answer to a poll that was given up hands out', async () => {
    await begin({ maxConcurrent: 1 });
    (await api.polls.next()).say({ tasks: [task('a')] });
    const full = await api.polls.next();
    (await runs.next()).end();
    const next = await api.polls.next();
    full.say({ tasks: [task('x')], drain: true });
    next.say({ tasks: [task('b')] });
    expect((await runs.next()).task.id).toBe('b');
    expect(runs.size).toBe(0);
  });

  it('takes no more than it asked for, and nothing twice', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a'), task('a'), task('b')] });
    expect(heldBy(await api.polls.next())).toEqual(['a/1']);
    expect(runs.size).toBe(1);
  });

  it('lists a finished attempt until its report is acknowledged', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    const held = await api.polls.next();
    (await runs.next()).end();
    const sent = await api.reports.next();
    held.say({ tasks: [task('b')] });
    const listing = await api.polls.next();
    expect(heldBy(listing).sort()).toEqual(['a/1', 'b/1']);
    expect(listing.request.max).toBe(1);
    sent.settle(ACKNOWLEDGED);
    (await runs.next()).end();
    (await api.reports.next()).settle(ACKNOWLEDGED);
    listing.say({ tasks: [task('c')] });
    expect(heldBy(await api.polls.next())).toEqual(['c/1']);
  });

  it('lists from the first poll on what an earlier run has not delivered', async () => {
    await begin({}, [{ taskId: 'old', attempt: 4, status: 'completed' }]);
    const first = await api.polls.next();
    expect(heldBy(first)).toEqual(['old/4']);
    first.say();
    const second = await api.polls.next();
    expect(heldBy(second)).toEqual(['old/4']);
    expect(second.request).toMatchObject({ wait: 15_000, max: 2 });
  });
});

describe('a server that does not hold polls', () => {
  it('is asked again after the interval', async () => {
    await begin();
    await registered();
    (await api.polls.next()).say();
    const pause = await pacing.sleeps.next();
    expect(pause.ms).toBe(500);
    expect(api.polls.size).toBe(0);
    pause.pass();
    expect((await api.polls.next()).request.seq).toBe(3);
  });

  it('is not asked without end when it repeats what it said', async () => {
    await begin();
    const repeated = { cancel: [ref('x')], stale: [ref('y')], drain: true };
    (await api.polls.next()).say(repeated);
    (await api.polls.next()).say(repeated);
    expect((await pacing.sleeps.next()).ms).toBe(500);
    expect(api.polls.size).toBe(0);
  });

  it('is asked again at once when less is held than the poll had listed', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    const listing = await api.polls.next();
    (await runs.next()).end({ status: 'failed' });
    (await api.reports.next()).settle(ACKNOWLEDGED);
    await until(() => log.messages().includes('report acknowledged'));
    listing.say();
    expect(heldBy(await api.polls.next())).toEqual([]);
  });

  it('is asked again as soon as a report is acknowledged that the poll had listed', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    const listing = await api.polls.next();
    (await runs.next()).end({ status: 'failed' });
    const sent = await api.reports.next();
    listing.say();
    expect((await pacing.sleeps.next()).ms).toBe(500);
    sent.settle(ACKNOWLEDGED);
    expect(heldBy(await api.polls.next())).toEqual([]);
  });

  it.each([0, 1])('is not asked without end with a LONG_POLL_WAIT of %i', async (longPollWait) => {
    await begin({ longPollWait });
    await registered();
    const poll = await api.polls.next();
    expect(poll.request.wait).toBe(longPollWait);
    pacing.advance(2);
    poll.say();
    expect((await pacing.sleeps.next()).ms).toBe(500);
  });
});

describe('cancelling and overtaken attempts', () => {
  it('ends what is to be cancelled, and says so in the polls that follow', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    (await api.polls.next()).say({ cancel: [ref('a')] });
    const next = await api.polls.next();
    expect(next.request.running).toEqual([{ taskId: 'a', attempt: 1, cancelling: true }]);
    const run = await runs.next();
    expect((run.signal.reason as EndEarly).status).toBe('cancelled');
    run.end({ status: 'cancelled' });
    expect((await api.reports.next()).reports).toMatchObject([{ taskId: 'a', status: 'cancelled' }]);
  });

  it('confirms the cancelling of what has finished but is not acknowledged', async () => {
    await begin({}, [{ taskId: 'old', attempt: 1 }]);
    (await api.polls.next()).say({ cancel: [ref('old')] });
    expect((await api.polls.next()).request.running).toEqual([{ taskId: 'old', attempt: 1, cancelling: true }]);
  });

  it('ends an overtaken attempt, lists it no more, and reports nothing of it', async () => {
    await begin({ maxConcurrent: 1 });
    (await api.polls.next()).say({ tasks: [task('a')] });
    (await api.polls.next()).say({ stale: [ref('a')] });
    const next = await api.polls.next();
    // It still takes a place.
    expect(next.request).toMatchObject({ running: [], max: 0 });
    const run = await runs.next();
    expect(run.signal.aborted).toBe(true);
    run.end({ status: 'cancelled' });
    expect((await api.polls.next()).request.max).toBe(1);
    expect(api.reports.size).toBe(0);
  });

  it('drops the report of an attempt that was overtaken, from disk as well', async () => {
    await begin({}, [{ taskId: 'old', attempt: 1 }]);
    const sent = await api.reports.next();
    (await api.polls.next()).say({ stale: [ref('old')] });
    expect(heldBy(await api.polls.next())).toEqual([]);
    sent.settle(FAILED);
    loop.drain();
    await letEnd();
    expect((await spooledReports(directory)).reports).toEqual([]);
  });
});

describe('a drain by the server', () => {
  it('takes nothing and says so, until it is lifted', async () => {
    await begin();
    (await api.polls.next()).say({ drain: true });
    const drained = await api.polls.next();
    expect(drained.request).toMatchObject({ draining: true, max: 0, wait: 30_000 });
    drained.say({ drain: false });
    expect((await api.polls.next()).request).toMatchObject({ draining: false, max: 2 });
  });

  it('goes on with what runs', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')], drain: true });
    const drained = await api.polls.next();
    expect(heldBy(drained)).toEqual(['a/1']);
    (await runs.next()).end();
    expect((await api.reports.next()).reports).toMatchObject([{ taskId: 'a', status: 'completed' }]);
    expect(drained.signal.aborted).toBe(false);
  });
});

describe('a server that cannot be reached', () => {
  it('is tried again after pauses that grow', async () => {
    await begin();
    for (const pause of [250, 500, 1000]) {
      (await api.polls.next()).fail(down());
      const sleep = await pacing.sleeps.next();
      expect(sleep.ms).toBe(pause);
      expect(api.polls.size).toBe(0);
      sleep.pass();
    }
    (await api.polls.next()).say({ tasks: [task('a')] });
    expect(heldBy(await api.polls.next())).toEqual(['a/1']);
    expect(log.messages('warn')).toHaveLength(1);
  });

  it('is sent the waiting reports as soon as a poll gets through', async () => {
    await begin({}, [{ taskId: 'old', attempt: 1 }]);
    (await api.reports.next()).settle(FAILED);
    await pacing.sleeps.next();
    (await api.polls.next()).fail(down());
    (await pacing.sleeps.next()).pass();
    (await api.polls.next()).say();
    (await api.reports.next()).settle(ACKNOWLEDGED);
  });

  it('is asked for tasks as soon as a report gets through', async () => {
    await begin({}, [{ taskId: 'old', attempt: 1 }]);
    const report = await api.reports.next();
    (await api.polls.next()).fail(down());
    await pacing.sleeps.next();
    report.settle(ACKNOWLEDGED);
    expect((await api.polls.next()).request.seq).toBe(2);
  });

  it('ends the loop with an error that is no failure of a call', async () => {
    await begin();
    (await api.polls.next()).fail(new TypeError('a bug'));
    await expect(ended).rejects.toThrow('a bug');
  });
});

describe('a worker that was away', () => {
  it('gives up the held poll, tells the server at once what it holds, and ignores what the old answer hands out', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    const held = await api.polls.next();
    loop.wake();
    expect(held.signal.aborted).toBe(true);
    held.say({ tasks: [task('b')] });
    const next = await api.polls.next();
    expect(heldBy(next)).toEqual(['a/1']);
    expect(runs.size).toBe(1);
  });

  it('waits no longer for the end of a pause', async () => {
    await begin({}, [{ taskId: 'old', attempt: 1 }]);
    (await api.reports.next()).settle(FAILED);
    (await api.polls.next()).fail(down());
    await pacing.sleeps.next();
    await pacing.sleeps.next();
    loop.wake();
    expect((await api.polls.next()).request.seq).toBe(2);
    (await api.reports.next()).settle(ACKNOWLEDGED);
  });
});

describe('a spool that cannot be written', () => {
  it('keeps the worker from taking tasks until it can', async () => {
    await begin();
    (await api.polls.next()).say({ tasks: [task('a')] });
    const taking = await api.polls.next();
    await rename(directory, `${directory}.away`);
    await writeFile(directory, '');
    (await runs.next()).end();
    const broken = await api.polls.next();
    expect(taking.signal.aborted).toBe(true);
    expect(broken.request).toMatchObject({ max: 0, draining: false });
    (await api.reports.next()).settle(ACKNOWLEDGED);

    await rm(directory);
    await rename(`${directory}.away`, directory);
    (await pacing.sleeps.next()).pass();
    const mended = await api.polls.next();
    expect(broken.signal.aborted).toBe(true);
    expect(mended.request.max).toBe(2);
  });
});
