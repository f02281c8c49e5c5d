import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { onStopRequests, type StopSource } from './stop-requests.js';

let stages: string[];
let now: number;

function listen(parent?: { send(): boolean }): EventEmitter {
  const source = new EventEmitter();
  onStopRequests(
    Object.assign(source, parent) as unknown as StopSource,
    {
      first: () => stages.push('drain'),
      second: () => stages.push('cancel'),
      third: () => stages.push('exit'),
    },
    () => now,
  );
  return source;
}

beforeEach(() => {
  stages = [];
  now = 1000;
});

describe('onStopRequests', () => {
  it('goes one stage further with each signal', () => {
    const source = listen();
    source.emit('SIGTERM');
    source.emit('SIGINT');
    source.emit('SIGTERM');
    source.emit('SIGTERM');
    expect(stages).toEqual(['drain', 'cancel', 'exit', 'exit']);
  });

  it('takes the end of its terminal for a wish to stop', () => {
    listen().emit('SIGHUP');
    expect(stages).toEqual(['drain']);
  });

  it('takes a Ctrl-C that npm passes on as well for one', () => {
    const source = listen();
    source.emit('SIGINT');
    now += 5;
    source.emit('SIGINT');
    now += 1000;
    source.emit('SIGINT');
    expect(stages).toEqual(['drain', 'cancel']);
  });

  it('stops when the parent process that holds a channel is gone', () => {
    const source = listen({ send: () => true });
    source.emit('disconnect');
    expect(stages).toEqual(['drain']);
  });

  it('goes no stage further when the parent process is gone after a signal', () => {
    const source = listen({ send: () => true });
    source.emit('SIGTERM');
    source.emit('disconnect');
    expect(stages).toEqual(['drain']);
  });

  it('has no parent to wait for without a channel', () => {
    expect(listen().listenerCount('disconnect')).toBe(0);
  });
});
