import { Transform } from 'node:stream';
import cliTruncate from 'cli-truncate';
import type { Terminal } from './terminal.js';

const EVERY_MS = 100;
const WIDTH = 24;

/** Shows on a terminal how much of a file has come by. `total` is null when nobody knows. */
export function progressBar({ stderr }: Terminal, name: string, total: number | null): Transform {
  const began = performance.now();
  let passed = 0;
  let shownAt = began;
  const show = () => {
    const rate = (passed * 1000) / Math.max(1, performance.now() - began);
    const line = `${name}  ${total === null ? '' : bar(passed, total)}${megabytes(passed)}  ${megabytes(rate)}/s`;
    stderr.write(`\r\u001b[K${cliTruncate(line, stderr.columns || Number.POSITIVE_INFINITY)}`);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (stderr.isTTY && performance.now() - shownAt > EVERY_MS) {
        shownAt = performance.now();
        show();
      }
      done(null, chunk);
    },
    destroy(error, done) {
      if (stderr.isTTY) {
        show();
        stderr.write('\n');
      }
      done(error);
    },
  });
}

function bar(passed: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, passed / total);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `[${'#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.')}]${percent}  `;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
