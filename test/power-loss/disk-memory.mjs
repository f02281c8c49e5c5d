// What a disk holds for certain: the content that a file had, and the names that a folder had, when each was last
// flushed. Loaded into a program by NODE_OPTIONS, it remembers that for the folder of FLUSHED_ROOT in FLUSHED_MEMORY.
import {
  fstatSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** A file by what stays the same when it is renamed, and is no other file's later. */
const idOf = ({ ino, birthtimeNs }) => `${ino}-${birthtimeNs}`;
const memoryOf = (memory, folder) => join(memory, encodeURIComponent(folder));

function put(path, content) {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

function remember(fd, root, memory) {
  const path = readlinkSync(`/proc/self/fd/${fd}`);
  if (!path.startsWith(root)) return;
  const status = fstatSync(fd, { bigint: true });
  if (!status.isDirectory()) {
    put(join(memory, idOf(status)), readFileSync(path));
    return;
  }
  const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ name }) => [name, idOf(lstatSync(join(path, name), { bigint: true }))]);
  put(memoryOf(memory, path), JSON.stringify(names));
}

/** Remembers, in place of the real flush, every file and folder under `root` that this program flushes. Answers what ends it. */
export async function rememberFlushed(root, memory) {
  mkdirSync(memory, { recursive: true });
  const handle = await open('/dev/null');
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  const { sync } = prototype;
  prototype.sync = async function () {
    remember(this.fd, root, memory);
  };
  return () => {
    prototype.sync = sync;
  };
}

/** Leaves in `folder` what was flushed; what was not is gone, and a file whose name alone was flushed is empty. */
export function losePower(folder, memory) {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  const names = JSON.parse(recalled(memoryOf(memory, folder)) ?? '[]').map(([name, id]) => {
    const path = join(folder, name);
    const content = recalled(join(memory, id)) ?? '';
    writeFileSync(path, content, { mode: 0o600 });
    const restored = idOf(lstatSync(path, { bigint: true }));
    put(join(memory, restored), content);
    return [name, restored];
  });
  put(memoryOf(memory, folder), JSON.stringify(names));
}

function recalled(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

const { FLUSHED_ROOT, FLUSHED_MEMORY } = process.env;
if (FLUSHED_ROOT && FLUSHED_MEMORY) await rememberFlushed(FLUSHED_ROOT, FLUSHED_MEMORY);
