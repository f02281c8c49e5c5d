import type { Topic, Wakeups } from './wakeups.js';

/** Wake-ups for a single server process. */
export class InProcessWakeups implements Wakeups {
  private readonly listeners = new Map<Topic, Set<() => void>>();

  subscribe(topic: Topic, listener: () => void): () => void {
    const known = this.listeners.get(topic);
    const listening = known ?? new Set();
    if (!known) this.listeners.set(topic, listening);
    listening.add(listener);
    return () => {
      listening.delete(listener);
      if (listening.size === 0 && this.listeners.get(topic) === listening) this.listeners.delete(topic);
    };
  }

  notify(topic: Topic): void {
    for (const listener of [...(this.listeners.get(topic) ?? [])]) listener();
  }
}
