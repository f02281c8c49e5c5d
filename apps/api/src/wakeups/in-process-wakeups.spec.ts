import { beforeEach, describe, expect, it } from '@jest/globals';
import { InProcessWakeups } from './in-process-wakeups.js';

let wakeups: InProcessWakeups;
let heard: string[];
beforeEach(() => {
  wakeups = new InProcessWakeups();
  heard = [];
});

const listen = (name: string, ...topics: Parameters<InProcessWakeups['subscribe']>[0]) =>
  wakeups.subscribe(topics, (topic) => heard.push(`${name} ${topic}`));

describe('InProcessWakeups', () => {
  it('wakes all that listen to a topic, and no others', () => {
    listen('a', 'task:1');
    listen('b', 'task:1', 'task:2');
    listen('c', 'task:2');
    wakeups.notify('task:1');
    expect(heard).toEqual(['a task:1', 'b task:1']);
  });

  it('wakes one at a time, in turn', () => {
    listen('a', 'ready:command');
    listen('b', 'ready:command');
    for (let n = 0; n < 3; n++) wakeups.notifyOne('ready:command');
    wakeups.notifyOne('ready:file-read');
    expect(heard).toEqual(['a ready:command', 'b ready:command', 'a ready:command']);
  });

  it('forgets who has stopped listening', () => {
    const stop = listen('a', 'ready:command', 'ready:file-read');
    listen('b', 'ready:command');
    stop();
    wakeups.notifyOne('ready:command');
    wakeups.notifyOne('ready:file-read');
    expect(heard).toEqual(['b ready:command']);
  });
});
