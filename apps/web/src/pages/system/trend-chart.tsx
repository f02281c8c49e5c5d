import { Chart, cssColour } from '../../charts/chart.js';

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
        scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.15 : 1] } },
        axes: [
          { show: false },
          {
            size: 62,
            splits: (_, __, ___, max) => [0, max / 2, max / 1.15],
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
