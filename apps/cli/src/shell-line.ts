/**
 * The words after `--` as a line for a shell. A single word is such a line already, so that `ocw run 'a | b'` works; several
 * are quoted, so that each arrives as it was typed.
 */
export function shellLine(words: readonly string[]): string {
  return words.length === 1 ? (words[0] ?? '') : words.map(quoted).join(' ');
}

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
