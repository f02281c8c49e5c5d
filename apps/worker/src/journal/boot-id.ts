import { readFileSync } from 'node:fs';

/** Names this run of the system; empty where start times are dates, which name it as well. */
export function bootId(): string {
  return process.platform === 'linux' ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : '';
}
