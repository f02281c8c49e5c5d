import uPlot from 'uplot';
import { Chart, cssColour } from '../../charts/chart.js';
import type { Hour } from './hours.js';

const HOUR_S = 3600;
const bars = uPlot.paths.bars?.({ size: [0.7, 18], align: 1, radius: 0.15 });

/** The tasks of a day by the hour of their end, those that failed on top of those that did not. */
export default function ThroughputChart({ hours }: { hours: Hour[] }) {
  const midnight = (hours[0]?.at ?? 0) / 1000;
  const at = Array.from({ length: 24 }, (_, hour) => midnight + hour * HOUR_S);
  const of = (count: (hour: Hour) => number) => at.map((_, index) => (hours[index] ? count(hours[index]) : null));
  const data: uPlot.AlignedData = [at, of(({ good, bad }) => good + bad), of(({ good }) => good)];
  return (
    <Chart
      data={data}
      options={() => ({
        scales: {
          x: { range: [midnight, midnight + 24 * HOUR_S] },
          y: { range: (_, __, max) => [0, Math.max(4, max)] },
        },
        axes: [
          {
            splits: () => [0, 6, 12, 18, 24].map((hour) => midnight + hour * HOUR_S),
            values: (_, splits) => splits.map((at) => String((at - midnight) / HOUR_S)),
            size: 22,
            grid: { show: false },
          },
          { size: 34, splits: (_, __, ___, max) => [0, Math.round(max / 2), max] },
        ],
        series: [
          {},
          { label: 'Failed', fill: cssColour('--color-bad'), width: 0, paths: bars, points: { show: false } },
          { label: 'Completed', fill: cssColour('--color-accent'), width: 0, paths: bars, points: { show: false } },
        ],
      })}
    />
  );
}
