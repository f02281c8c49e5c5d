import { inspect } from 'node:util';
import { Failure } from '../failure.mjs';
import { createLogFormatter } from './log-lines.mjs';

/**
 * The launcher's own words and, marked, the programs' lines.
 * @typedef {ReturnType<typeof createOutput>} Output
 * @param {NodeJS.WriteStream} stream
 * @param {boolean} colour
 */
export function createOutput(stream, colour) {
  const format = createLogFormatter(colour);
  return {
    /** @param {'api' | 'worker'} name @param {string} line */
    line: (name, line) => stream.write(format(name, line)),
    /** @param {string} text */
    notice: (text) => stream.write(`${text}\n`),
    /** @param {unknown} error */
    failure: (error) => stream.write(`${error instanceof Failure ? error.message : inspect(error)}\n`),
  };
}
