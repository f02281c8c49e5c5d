import { Transform } from 'node:stream';
import type { Terminal } from './terminal.js';

const EVERY_MS = 100;
const WIDTH = 24;

/** Shows on a terminal how much of a file has come by. `total` is null when nobody knows. */
export function progressBar({ stderr }: Terminal, name: string, total: number | null): Transform {
  let passed = 0;
  let shownAt = 0;
  const show = () => {
    const share = total ? Math.min(1, passed / total) : null;
    const bar =
      share === null
        ? ''
        : `[${'#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.')}] ${Math.floor(share * 100)}% `;
    stderr.write(`\r\u001b[K${name}  ${bar}${megabytes(passed)}`);
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
    flush(done) {
      if (stderr.isTTY) {
        show();
        stderr.write('\n');
      }
      done();
    },
  });
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
