const HOUR = 3_600_000;
/** Between two looks for a change of offset; no zone has ever changed twice in this time. */
const STEP = 6 * HOUR;
/** How many steps a zone remembers: asking the system takes longer than all the rest of finding the next time. */
const REMEMBERED = 64;

/** A moment at which the clocks of a zone are moved. Offsets are milliseconds to add to UTC. */
export interface OffsetChange {
  /** The first instant under the new offset. */
  at: number;
  before: number;
  after: number;
}

/** The clocks of an IANA time zone. Instants are milliseconds since the Unix epoch; so are local times, read as if UTC. */
export class TimeZone {
  /** By the number of the step, counted from the epoch: the change in it, if there is one. */
  private readonly known = new Map<number, OffsetChange | null>();

  private constructor(private readonly format: Intl.DateTimeFormat) {}

  /** Null when there is no such zone. */
  static named(name: string): TimeZone | null {
    // Later versions of Node take offsets such as +01:00 as well, which are no zones: they know no daylight saving.
    if (!/^[A-Za-z]/.test(name)) return null;
    try {
      return new TimeZone(new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' }));
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  offsetAt(instant: number): number {
    const [, sign, hours, minutes, seconds = 0] =
      this.format.format(instant).match(/GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/) ?? [];
    const size = Number(hours ?? 0) * HOUR + Number(minutes ?? 0) * 60_000 + Number(seconds) * 1000;
    return sign === '-' ? -size : size;
  }

  localAt(instant: number): number {
    return instant + this.offsetAt(instant);
  }

  /** The changes of offset after `from` and up to `to`, in order. Both are whole seconds. */
  *changes(from: number, to: number): Generator<OffsetChange> {
    for (let step = Math.floor(from / STEP); step * STEP < to; step += 1) {
      const change = this.changeIn(step);
      if (change && change.at > from && change.at <= to) yield change;
    }
  }

  private changeIn(step: number): OffsetChange | null {
    const known = this.known.get(step);
    if (known !== undefined) return known;
    const [start, end] = [step * STEP, (step + 1) * STEP];
    const [before, after] = [this.offsetAt(start), this.offsetAt(end)];
    const change = before === after ? null : { at: this.changeBetween(start, end), before, after };
    if (this.known.size === REMEMBERED) this.known.clear();
    this.known.set(step, change);
    return change;
  }

  /** The first second after `early` that has the offset of `late`. */
  private changeBetween(early: number, late: number): number {
    const old = this.offsetAt(early);
    let [last, first] = [early, late];
    while (first - last > 1000) {
      const middle = last + Math.floor((first - last) / 2000) * 1000;
      if (this.offsetAt(middle) === old) last = middle;
      else first = middle;
    }
    return first;
  }
}
