import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A first line can hold a prompt of a megabyte, which JSON may have to escape. */
const READ_BYTES = 8 * 1_048_576;
/** What can be a file's name and nothing else: an id comes from the client. */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * The file of a conversation that claude keeps on this machine, or null when there is none that can be read.
 * @param configFolder `$CLAUDE_CONFIG_DIR`, `~/.claude` by default
 */
export async function findConversation(configFolder: string, sessionId: string): Promise<string | null> {
  if (!SESSION_ID.test(sessionId)) return null;
  const projects = join(configFolder, 'projects');
  for (const project of await foldersIn(projects)) {
    const file = join(projects, project, `${sessionId}.jsonl`);
    if (await isFile(file)) return file;
  }
  return null;
}

/** The folder that a conversation began in: claude continues it there only. Null when its file does not tell. */
export async function conversationFolder(file: string): Promise<string | null> {
  let rest = '';
  try {
    const chunks = createReadStream(file, { encoding: 'utf8', end: READ_BYTES - 1, highWaterMark: READ_BYTES / 8 });
    for await (const chunk of chunks) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const folder = folderIn(line);
        if (folder !== null) return folder;
      }
    }
  } catch {
    // It went away or may not be read, which claude has to say.
    return null;
  }
  return folderIn(rest);
}

function folderIn(line: string): string | null {
  try {
    const entry: unknown = JSON.parse(line);
    const cwd = entry !== null && typeof entry === 'object' && 'cwd' in entry ? entry.cwd : null;
    return typeof cwd === 'string' && cwd !== '' ? cwd : null;
  } catch {
    // Not a line of claude's, or the part of one that the bound left.
    return null;
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    // claude has not been used yet, or keeps its files where the worker may not look.
    return [];
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
