import { describe, expect, it } from '@jest/globals';
import { ownCgroup } from './cgroups.js';

const UNIFIED = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
const HYBRID = [
  '40 30 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
  '41 30 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
].join('\n');

describe("the worker's own cgroup", () => {
  it('is found where version 2 is mounted, alone or beside version 1', () => {
    expect(ownCgroup('0::/user.slice/worker.service\n', UNIFIED)).toBe('/sys/fs/cgroup/user.slice/worker.service');
    expect(ownCgroup('5:pids:/x\n0::/worker\n', HYBRID)).toBe('/sys/fs/cgroup/unified/worker');
  });

  it('is found in a container that sees a part of the tree', () => {
    const mount = '30 23 0:26 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup rw';
    expect(ownCgroup('0::/docker/1/worker\n', mount)).toBe('/sys/fs/cgroup/worker');
  });

  it.each([
    ['it is the root', '0::/\n', UNIFIED],
    ['it is the root that a container sees', '0::/docker/1\n', '30 23 0:26 /docker/1 /sys/fs/cgroup rw - cgroup2 c rw'],
    ['it lies outside of what is mounted', '0::/other\n', '30 23 0:26 /docker/1 /sys/fs/cgroup rw - cgroup2 c rw'],
    ['version 2 is not mounted', '0::/worker\n', '40 30 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids'],
    ['there is only version 1', '5:pids:/worker\n', UNIFIED],
  ])('is not used when %s', (_, membership, mounts) => {
    expect(ownCgroup(membership, mounts)).toBeNull();
  });
});
