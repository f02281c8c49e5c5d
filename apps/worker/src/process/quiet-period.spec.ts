import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { QuietPeriod } from './quiet-period.js';

describe('QuietPeriod', () => {
  const onQuiet = jest.fn();

  beforeEach(() => {
    jest.useFakeTimers();
    onQuiet.mockReset();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('calls back once after a time without a note', () => {
    new QuietPeriod(100, onQuiet);
    jest.advanceTimersByTime(99);
    expect(onQuiet).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1000);
    expect(onQuiet).toHaveBeenCalledTimes(1);
  });

  it('begins again with every note', () => {
    const quiet = new QuietPeriod(100, onQuiet);
    for (let notes = 0; notes < 5; notes += 1) {
      jest.advanceTimersByTime(99);
      quiet.note();
    }
    expect(onQuiet).not.toHaveBeenCalled();
    jest.advanceTimersByTime(101);
    expect(onQuiet).toHaveBeenCalledTimes(1);
  });

  it('counts what was waiting to be read when the time was up', () => {
    const quiet = new QuietPeriod(100, onQuiet);
    setTimeout(() => quiet.note(), 100);
    jest.advanceTimersByTime(150);
    expect(onQuiet).not.toHaveBeenCalled();
  });

  it('never calls back once it is stopped', () => {
    const quiet = new QuietPeriod(100, onQuiet);
    quiet.stop();
    jest.advanceTimersByTime(1000);
    expect(onQuiet).not.toHaveBeenCalled();
  });

  it('takes no silence for quiet while it is held, and begins anew when it is let go', () => {
    const quiet = new QuietPeriod(100, onQuiet);
    quiet.hold();
    jest.advanceTimersByTime(1000);
    expect(onQuiet).not.toHaveBeenCalled();
    quiet.letGo();
    jest.advanceTimersByTime(99);
    expect(onQuiet).not.toHaveBeenCalled();
    jest.advanceTimersByTime(101);
    expect(onQuiet).toHaveBeenCalledTimes(1);
  });
});
