import { existsSync, writeFileSync } from 'node:fs';

const LIBRARIES = ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`);

/** A wall clock that can be set while a program runs; the one that only goes forward is left alone. */
export class WallClock {
  /** @param file where the program looks up how far its clock is off */
  constructor(private readonly file: string) {
    this.set(0);
  }

  /** The variables that give a program this clock. */
  get variables(): Record<string, string> {
    const library = LIBRARIES.find(existsSync);
    if (library === undefined) throw new Error('clock jumps need the Debian package libfaketime');
    return {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_RESET: '1',
    };
  }

  set(seconds: number): void {
    writeFileSync(this.file, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
  }
}
