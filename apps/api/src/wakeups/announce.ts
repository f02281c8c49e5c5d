import type { ChangeListener } from '../storage/change-feed.js';
import type { Wakeups } from './wakeups.js';

/** Wakes whoever may be waiting for what a transaction has changed. */
export function announceTo(wakeups: Wakeups): ChangeListener {
  return (change) => {
    switch (change.kind) {
      case 'task':
        return wakeups.notify(`task:${change.id}`);
      case 'output':
        return wakeups.notify(`output:${change.taskId}`);
      case 'worker':
        return wakeups.notify(`worker:${change.name}`);
      case 'due':
        return wakeups.notify('due');
      case 'delivery':
        return wakeups.notify('deliveries');
      case 'discord':
        return wakeups.notify('discord');
      case 'recorded':
        return wakeups.notify('recorded');
      case 'ready':
        return wakeReady(wakeups, change);
    }
  };
}

function wakeReady(
  wakeups: Wakeups,
  { type, target }: { type: string; target: { worker: string | null; tags: readonly string[] } },
) {
  const [tag] = target.tags;
  if (target.worker !== null) return wakeups.notify(`ready@${target.worker}`);
  // All that carry the tag: which of them carries the others too, and has room, is seen when they look.
  if (tag !== undefined) return wakeups.notify(`ready#${tag}`);
  wakeups.notifyOne(`ready:${type}`);
}
