import cronstrue from 'cronstrue';

/** `0 3 * * *` in words, `at 03:00, every day`; what cannot be put into words stays as it is. */
export function cronInWords(cron: string): string {
  const every = cron.match(/^@every (.+)$/)?.[1];
  if (every !== undefined) return `every ${every}`;
  const words = wordsOf(cron);
  if (words === null) return cron;
  const small = words.charAt(0).toLowerCase() + words.slice(1);
  return /^at [\d:]+$/.test(small) ? `${small}, every day` : small;
}

function wordsOf(cron: string): string | null {
  try {
    return cronstrue.toString(cron, { use24HourTimeFormat: true });
  } catch {
    // The server takes patterns that this does not know.
    return null;
  }
}
