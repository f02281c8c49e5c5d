import { lazy } from 'react';

/** A cron pattern in plain words. Its library is large and loaded when it is needed: wrap it in a `Suspense`. */
export const CronWords = lazy(async () => {
  const { toString: describe } = await import('cronstrue');
  const words = (cron: string) => {
    // `@every 90s` and its kin are words as they are.
    if (cron.startsWith('@')) return cron.slice(1);
    return describe(cron, { use24HourTimeFormat: true, throwExceptionOnParseError: false });
  };
  return { default: ({ cron }: { cron: string }) => words(cron) };
});
