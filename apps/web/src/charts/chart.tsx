import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../app/theme.js';

type Options = Omit<uPlot.Options, 'width' | 'height'>;

/**
 * A chart that fills its parent. `options` is called anew for another theme: colours come from `cssColour`. Load it
 * lazily, and say what it shows in words or a table as well: a drawing says nothing to who does not see it.
 */
export function Chart({ data, options }: { data: uPlot.AlignedData; options: () => Options }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const newest = useRef({ data, options });
  newest.current = { data, options };
  const theme = useTheme();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    const draw = () => {
      plot.current?.destroy();
      const given = newest.current.options();
      const axes = given.axes?.map((axis) => ({ ...axisLook(), ...axis }));
      const plain = { legend: { show: false }, cursor: { show: false } };
      plot.current = new uPlot({ ...plain, ...given, axes, ...size() }, newest.current.data, element);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize(size()));
    resized.observe(element);
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', draw);
    return () => {
      system.removeEventListener('change', draw);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [theme]);

  useEffect(() => plot.current?.setData(data), [data]);

  return <div ref={place} className="size-full" />;
}

function axisLook(): uPlot.Axis {
  return {
    stroke: cssColour('--color-quiet'),
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: cssColour('--color-line'), width: 1 },
    ticks: { show: false },
    gap: 4,
  };
}

/** What a colour of the design comes to in the theme that shows now; a canvas knows no variables. */
export function cssColour(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
