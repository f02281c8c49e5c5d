/**
 * The FTS5 query for what holds every word of `text`, and every tag. Each word is a quoted phrase, so that nothing in it is
 * syntax; the tokenizer splits it further, so that `deploy.sh` finds "deploy" followed by "sh".
 */
export function match(text: string | null, tags: readonly string[]): string {
  const phrases = text === null ? [] : words(text).map((word) => `"${word.replaceAll('"', '""')}"`);
  // Without a word to look for, nothing is found.
  if (text !== null && phrases.length === 0) return '';
  return [
    ...(phrases.length > 0 ? [`text : (${phrases.join(' ')})`] : []),
    ...tags.map((one) => `tags : (${one})`),
  ].join(' AND ');
}

/** A word of its own for a value that rows are filtered by: its kind, one letter, and its bytes. */
export const tag = (kind: string, value: string): string => kind + Buffer.from(value).toString('hex');

/** The same in SQL, of a column. */
export const tagSql = (kind: string, column: string): string => `'${kind}' || hex(${column})`;

/** The words of a search that have anything to look for: a letter or a digit. */
function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
}
