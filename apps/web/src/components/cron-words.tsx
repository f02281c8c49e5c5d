import { lazy } from 'react';
import { Optional } from './optional.js';

/** Its library is large, and most pages do without it. */
const Words = lazy(async () => {
  const { toString: describe } = await import('cronstrue');
  const inWords = (cron: string) => describe(cron, { use24HourTimeFormat: true, throwExceptionOnParseError: false });
  return { default: ({ cron }: { cron: string }) => inWords(cron) };
});

/** A cron pattern in plain words, and until they are there the pattern itself. */
export function CronWords({ cron }: { cron: string }) {
  // `@every 90s` and its kin are words as they are.
  if (cron.startsWith('@')) return cron.slice(1);
  return (
    <Optional fallback={cron}>
      <Words cron={cron} />
    </Optional>
  );
}
