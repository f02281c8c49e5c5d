/**
 * The FTS5 query for what holds every word of `text`. Each word is a quoted phrase, so that nothing in it is syntax; the
 * tokenizer splits it further, so that `deploy.sh` finds "deploy" followed by "sh".
 */
export function matchAll(text: string): string {
  return words(text)
    .map((word) => `"${word.replaceAll('"', '""')}"`)
    .join(' ');
}

/** The words of a search that have anything to look for: a letter or a digit. */
function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
}
