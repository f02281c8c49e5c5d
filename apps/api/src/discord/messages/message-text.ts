/** The longest content of a message, in characters: https://discord.com/developers/docs/resources/message#create-message. */
export const LONGEST_CONTENT = 2000;
/** Whatever a message says, it calls nobody. */
export const NO_MENTIONS: { parse: [] } = { parse: [] };

/** Text of at most `length` characters; what is left out is told by a sign. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = text.charCodeAt(length - 2);
  // Half of a pair of surrogates is no character.
  const splits = end >= 0xd800 && end <= 0xdbff;
  return `${text.slice(0, splits ? length - 2 : length - 1)}…`;
}

/** Text of a stranger in a line of Discord's Markdown: as code, on one line, which nothing in it can end. */
export function asCode(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').replaceAll('`', 'ˋ').trim();
  return `\`${cut(line === '' ? ' ' : line, length)}\``;
}
