/** The line that stands in an output for what was left out of it. */
export const leftOutLine = (bytes: number): string => `\n[… ${bytes} bytes left out …]\n`;

/** Every such line in a text, or what looks like one, with its number as the first group. */
export const LEFT_OUT_LINE = /\n\[… (\d+) bytes left out …\]\n/g;
