import { Chart, cssColour } from '../../charts/chart.js';

/** How much higher a chart is than what it shows. */
const HEADROOM = 1.15;

/** How a number went over the readings of this visit. */
export default function TrendChart({
  times,
  values,
  format,
}: {
  /** Milliseconds since the epoch. */
  times: readonly number[];
  values: readonly (number | null)[];
  format: (value: number) => string;
}) {
  return (
    <Chart
      data={[times.map((at) => at / 1000), [...values]]}
      options={() => ({
        scales: { y: { range: (_, __, max) => [0, max > 0 ? max * HEADROOM : HEADROOM] } },
        axes: [
          { show: false },
          {
            size: 62,
            splits: (_, __, ___, max) => [0, max / HEADROOM],
            values: (_, splits) => splits.map(format),
          },
        ],
        series: [
          {},
          {
            stroke: cssColour('--color-accent'),
            width: 2,
            fill: cssColour('--color-accent-soft'),
            points: { show: false },
          },
        ],
      })}
    />
  );
}
