import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { parsePs, parseStat, readProcessTable, startOf } from './process-table.js';

describe('the process table', () => {
  it('has a process with its parent, group, session, start and mark', async () => {
    const child = spawn('/bin/sh', ['-c', 'read line'], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { OPENCLAW_ATTEMPT: 'worker/task/1', OTHER: '' },
    });
    const pid = child.pid ?? 0;
    await once(child, 'spawn');
    const found = readProcessTable().find((entry) => entry.pid === pid);
    expect(found).toEqual({
      pid,
      parent: process.pid,
      group: pid,
      session: pid,
      startedAt: expect.stringMatching(/./),
      name: 'sh',
      mark: 'worker/task/1',
    });
    expect(startOf(pid)).toBe(found?.startedAt);
    child.stdin?.end();
    await once(child, 'exit');
    expect(readProcessTable().filter((entry) => entry.pid === pid)).toEqual([]);
    expect(startOf(pid)).toBeNull();
  });
});

describe('a line of /proc/PID/stat', () => {
  const rest = '1 42 40 0 -1 4194304 110 0 0 0 0 0 0 0 20 0 1 0 5537 2740224 240';

  it('may hold any name', () => {
    expect(parseStat(`42 (a) b (c) S ${rest}`)).toEqual({
      pid: 42,
      parent: 1,
      group: 42,
      session: 40,
      startedAt: '5537',
      name: 'a) b (c',
    });
  });

  it.each(['Z', 'X'])('is no process in state %s', (state) => {
    expect(parseStat(`42 (sh) ${state} ${rest}`)).toBeNull();
  });
});

describe('the lines of ps on macOS', () => {
  it('tell the same, but for the session', () => {
    const table = [
      '  501     1   501 Ss   Wed Nov 25 09:00:00 2026     /sbin/launchd',
      '  602   501   602 S+   Wed Nov  4 09:00:01 2026     /bin/my sleep',
      '  603   501   602 Z    Wed Nov 25 09:00:02 2026     (sleep)',
      '',
    ];
    const commands = ['  501 /sbin/launchd', '  602 /bin/my sleep 600 HOME=/x OPENCLAW_ATTEMPT=w/t/1 LANG=C', ''];
    expect(parsePs(table.join('\n'), commands.join('\n'))).toEqual([
      {
        pid: 501,
        parent: 1,
        group: 501,
        session: 501,
        startedAt: 'Wed Nov 25 09:00:00 2026',
        name: 'launchd',
        mark: null,
      },
      {
        pid: 602,
        parent: 501,
        group: 602,
        session: 602,
        startedAt: 'Wed Nov  4 09:00:01 2026',
        name: 'my sleep',
        mark: 'w/t/1',
      },
    ]);
  });
});
