import { homedir } from 'node:os';
import type { HandedTaskOf } from '#contracts';
import { absolutePath, fileTask } from '../files/file-task.js';
import { jsonTextBytes, MAX_STDOUT_JSON_BYTES } from '../files/json-size.js';
import { readRegularFile, type SizeLimit, tooLarge } from '../files/regular-file.js';
import { type ExecutionContext, type Executor, fileOutcome, type Outcome } from './executor.js';

const IN_PARTS = 'read it in parts with command tasks, such as head -c and tail -c';
// As UTF-8 no file takes less room in JSON than on the disk; base64 turns 3 bytes into 4.
const UTF8_LIMIT: SizeLimit = { bytes: MAX_STDOUT_JSON_BYTES, advice: IN_PARTS };
const BASE64_LIMIT: SizeLimit = { bytes: Math.floor(MAX_STDOUT_JSON_BYTES / 4) * 3, advice: IN_PARTS };

/** Returns a regular file whole, in `stdout`; its size and SHA-256 in `metadata`. */
export class FileReadExecutor implements Executor<'file-read'> {
  readonly type = 'file-read';

  constructor(private readonly home: string = homedir()) {}

  execute(task: HandedTaskOf<'file-read'>, { signal }: ExecutionContext): Promise<Outcome> {
    const path = absolutePath(task.path, this.home);
    return fileTask({ verb: 'read', path, signal }, async () => {
      const encoding = task.encoding ?? 'utf8';
      const limit = encoding === 'base64' ? BASE64_LIMIT : UTF8_LIMIT;
      const { bytes, sha256 } = await readRegularFile(path, limit, signal);
      const size = bytes.length;
      const stdout = bytes.toString(encoding);
      const encoded = encoding === 'base64' ? stdout.length : jsonTextBytes(stdout);
      if (encoded > MAX_STDOUT_JSON_BYTES) {
        throw tooLarge(path, `${size} bytes, as JSON text ${encoded}`, {
          bytes: MAX_STDOUT_JSON_BYTES,
          advice: `ask for it as base64, or ${IN_PARTS}`,
        });
      }
      return {
        ...fileOutcome({ stdout, stdoutEncoding: encoding, metadata: { size, sha256 } }),
        outputBytes: { stdout: size, stderr: 0 },
      };
    });
  }
}
