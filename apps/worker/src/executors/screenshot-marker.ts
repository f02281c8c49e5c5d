import { LIMITS } from '#contracts';

/** The path ends with the line: it may contain spaces. */
const MARKER = /^SCREENSHOT: (?<path>\/.*)$/gm;

/** The file that a process names in a line `SCREENSHOT: /path`; the last such line counts, standard output before errors. */
export function screenshotIn(output: { stdout: string; stderr: string }): { screenshotPath?: string } {
  const screenshotPath = lastMarked(output.stdout) ?? lastMarked(output.stderr);
  return screenshotPath === undefined ? {} : { screenshotPath };
}

function lastMarked(text: string): string | undefined {
  let last: string | undefined;
  for (const match of text.matchAll(MARKER)) {
    const path = match.groups?.path?.trimEnd() ?? '';
    // What is too long for a path is none, and would not fit into the report.
    if (Buffer.byteLength(path) <= LIMITS.pathBytes) last = path;
  }
  return last;
}
