import { StringDecoder } from 'node:string_decoder';
import { prettyFactory } from 'pino-pretty';

const COLOURS = { api: '\x1b[36m', worker: '\x1b[35m' };
const RESET = '\x1b[0m';
const NAME_WIDTH = 6;

/**
 * Cuts a byte stream into lines. A character or a line may arrive in any number of pieces.
 * @param {(line: string) => void} onLine called without the line's end
 */
export function createLineSplitter(onLine) {
  const decoder = new StringDecoder('utf8');
  /** Pieces, joined once only: appending to a growing string would be searched again for every chunk. @type {string[]} */
  let partial = [];
  /** @param {string} text */
  const take = (text) => {
    const [first, ...rest] = text.split('\n');
    partial.push(first);
    for (const next of rest) {
      onLine(partial.join('').replace(/\r$/, ''));
      partial = [next];
    }
  };
  return {
    /** @param {Buffer} chunk */
    push: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (partial.some((piece) => piece !== '')) onLine(partial.join(''));
      partial = [];
    },
  };
}

/**
 * Makes a program's line one for a person: log objects become text, and each line is told whose it is.
 * @param {boolean} colour
 * @returns {(name: 'api' | 'worker', line: string) => string} the answer ends with a line end
 */
export function createLogFormatter(colour) {
  const pretty = prettyFactory({
    colorize: colour,
    ignore: 'pid,hostname,name',
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
  });
  return (name, line) => {
    const label = `${name.padEnd(NAME_WIDTH)} | `;
    const prefix = colour ? `${COLOURS[name]}${label}${RESET}` : label;
    const logged = parseLogObject(line);
    const text = logged === null ? line : pretty(logged).trimEnd();
    return text
      .split('\n')
      .map((part) => `${prefix}${part}\n`)
      .join('');
  };
}

/**
 * @param {string} line
 * @returns {object | null} null for what the logger did not write
 */
function parseLogObject(line) {
  if (!line.startsWith('{"level":')) return null;
  try {
    const logged = JSON.parse(line);
    return typeof logged.level === 'number' && typeof logged.time === 'number' ? logged : null;
  } catch {
    return null;
  }
}
