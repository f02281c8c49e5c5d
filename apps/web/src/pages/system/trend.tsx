import { lazy } from 'react';
import { Card } from '../../components/card.js';
import { Optional } from '../../components/optional.js';

const TrendChart = lazy(() => import('./trend-chart.js'));

/** A number as it is now, with how it went over this visit. */
export function Trend({
  title,
  times,
  values,
  format,
}: {
  title: string;
  times: readonly number[];
  values: readonly (number | null)[];
  format: (value: number) => string;
}) {
  const known = values.filter((value) => value !== null);
  const newest = known.at(-1);
  return (
    <Card title={title}>
      <p className="numbers text-2xl font-semibold tracking-tight">{newest === undefined ? '–' : format(newest)}</p>
      <p className="numbers text-[0.8125rem] text-quiet">
        {known.length > 1
          ? `from ${format(Math.min(...known))} to ${format(Math.max(...known))} on this visit`
          : 'Being watched from now on'}
      </p>
      <div aria-hidden className="mt-3 h-24">
        <Optional fallback={null}>
          <TrendChart times={times} values={values} format={format} />
        </Optional>
      </div>
    </Card>
  );
}
