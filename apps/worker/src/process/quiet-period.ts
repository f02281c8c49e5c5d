/** Calls back once when nothing has been noted for `ms` milliseconds, unless it was stopped before. */
export class QuietPeriod {
  private readonly timer: NodeJS.Timeout;
  private check: NodeJS.Immediate | undefined;

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

  stop(): void {
    clearImmediate(this.check);
    clearTimeout(this.timer);
  }

  // Timers fire before input is read: after a stall (a laptop that slept) what arrived meanwhile would not count.
  private checkOnce(): void {
    this.check = setImmediate(this.onQuiet);
  }
}
