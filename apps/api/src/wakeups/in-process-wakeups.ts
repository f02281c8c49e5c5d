import type { Topic, Wakeups } from './wakeups.js';

type Listener = (topic: Topic) => void;

/** Wake-ups for a single server process. */
export class InProcessWakeups implements Wakeups {
  /** In the order in which their turn comes. */
  private readonly listeners = new Map<Topic, Set<Listener>>();

  subscribe(topics: readonly Topic[], listener: Listener): () => void {
    for (const topic of topics) {
      const listening = this.listeners.get(topic) ?? new Set();
      this.listeners.set(topic, listening.add(listener));
    }
    return () => {
      for (const topic of topics) this.remove(topic, listener);
    };
  }

  notify(topic: Topic): void {
    for (const listener of [...(this.listeners.get(topic) ?? [])]) listener(topic);
  }

  notifyOne(topic: Topic): void {
    const listening = this.listeners.get(topic);
    const [next] = listening ?? [];
    if (!listening || !next) return;
    // To the end of the line: the next task is for the next.
    listening.delete(next);
    listening.add(next);
    next(topic);
  }

  private remove(topic: Topic, listener: Listener): void {
    const listening = this.listeners.get(topic);
    listening?.delete(listener);
    if (listening?.size === 0) this.listeners.delete(topic);
  }
}
