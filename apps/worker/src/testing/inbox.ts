/** What happened, in order, for a test that waits for it. */
export class Inbox<T> {
  private readonly items: T[] = [];
  private readonly takers: ((item: T) => void)[] = [];

  /** How much has happened that no one has taken. */
  get size(): number {
    return this.items.length;
  }

  put(item: T): void {
    const taker = this.takers.shift();
    if (taker) taker(item);
    else this.items.push(item);
  }

  /** Passes on all that has happened and all that will. */
  async passOn(take: (item: T) => void): Promise<never> {
    for (;;) take(await this.next());
  }

  next(): Promise<T> {
    const [item] = this.items.splice(0, 1);
    return item === undefined ? new Promise((resolve) => this.takers.push(resolve)) : Promise.resolve(item);
  }
}
