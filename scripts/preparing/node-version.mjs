// Loaded before the version is known to be new enough: nothing here may be newer than ES2018.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Tells what is wrong with the Node that runs this, if anything.
 * @param {string} root the folder of package.json
 * @param {string} version such as `20.19.0`
 * @returns {string | null}
 */
export function nodeVersionProblem(root, version) {
  const range = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node;
  if (satisfies(range, version)) return null;
  return `This needs Node.js ${range}; this is ${version} (${process.execPath}). Get one from https://nodejs.org, or with \`nvm install --lts\`.`;
}

/**
 * @param {string} range alternatives of `^a.b.c` and `>=a.b.c`, joined by `||`
 * @param {string} version
 */
function satisfies(range, version) {
  const actual = numbers(version);
  return range.split('||').some((alternative) => {
    const match = /^(\^|>=)(\d+\.\d+\.\d+)$/.exec(alternative.trim());
    if (match === null) throw new Error(`package.json: cannot read "${alternative.trim()}" in engines.node`);
    const least = numbers(match[2]);
    return isAtLeast(actual, least) && (match[1] === '>=' || actual[0] === least[0]);
  });
}

/** @param {string} version */
function numbers(version) {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}

/**
 * @param {number[]} actual
 * @param {number[]} least
 */
function isAtLeast(actual, least) {
  const differing = [0, 1, 2].find((index) => actual[index] !== least[index]);
  return differing === undefined || actual[differing] > least[differing];
}
