/** Calls back once when nothing has been noted for `ms` milliseconds, unless it was stopped before. */
export class QuietPeriod {
  private readonly timer: NodeJS.Timeout;
  private check: NodeJS.Immediate | undefined;
  private held = false;

  constructor(
    ms: number,
    private readonly onQuiet: () => void,
  ) {
    this.timer = setTimeout(() => this.checkOnce(), ms);
  }

  note(): void {
    clearImmediate(this.check);
    this.timer.refresh();
  }

  /** Nothing can be noted until it is let go, and silence means nothing. */
  hold(): void {
    this.held = true;
  }

  /** The time begins anew. */
  letGo(): void {
    this.held = false;
    this.note();
  }

  stop(): void {
    clearImmediate(this.check);
    clearTimeout(this.timer);
  }

  // Timers fire before input is read: after a stall (a laptop that slept) what arrived meanwhile would not count.
  private checkOnce(): void {
    if (this.held) this.timer.refresh();
    else this.check = setImmediate(this.onQuiet);
  }
}
