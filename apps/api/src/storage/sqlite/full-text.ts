/** FTS5 queries for one word, one phrase or one tag each. A row keeps a rule by any of them, and a query by every rule. */
export type Rule = readonly string[];

/**
 * The rules of what holds every word of `text`, and of each set of tags any. Each word is a quoted phrase, so that nothing
 * in it is syntax; the tokenizer splits it further, so that `deploy.sh` finds "deploy" followed by "sh".
 */
export function rulesFor(text: string | null, tags: readonly (readonly string[])[]): Rule[] {
  const words = text === null ? [] : text.split(/\s+/).filter(hasWord);
  // Without a word to look for, nothing is found.
  if (text !== null && words.length === 0) return [['""']];
  const ofWords = words.flatMap((word) => {
    const parts = wordsOf(word);
    // Where the words of a phrase are not, it is not either; and they may be known where it is not.
    return parts.length > 1 ? [...parts, word] : parts;
  });
  return [...tags.map((any) => any.map(tagTerm)), ...ofWords.map((word) => [wordTerm(word)])];
}

/**
 * The words of a text: what ASCII has besides letters and digits stands between words for the tokenizer, too. Beyond ASCII
 * it may find more to split, so that such a word is a phrase.
 */
export function wordsOf(text: string): string[] {
  return text.split(/[^A-Za-z0-9\u0080-\u{10ffff}]+/u).filter(hasWord);
}

/** The query for one word. Letters of ASCII have one spelling, so that a term has one name whatever was typed. */
export const wordTerm = (word: string): string =>
  `text : "${word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()).replaceAll('"', '""')}"`;

export const tagTerm = (one: string): string => `tags : "${one}"`;

/** A word of its own for a value that rows are filtered by: its kind, one letter, and its bytes. */
export const tag = (kind: string, value: string): string => kind + Buffer.from(value).toString('hex');

/** The same in SQL, of a column. */
export const tagSql = (kind: string, column: string): string => `'${kind}' || hex(${column})`;

/** Whether there is anything to look for: a letter or a digit. */
const hasWord = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
