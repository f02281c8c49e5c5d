/** One number of the metrics, such as `openclaw_tasks{status="pending"} 3`. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPED: Record<string, string> = { n: '\n' };
const INFINITE: Record<string, number> = { '+Inf': Infinity, '-Inf': -Infinity };

/** Reads the text format 0.0.4 of Prometheus. What is no sample, comments among it, is left out. */
export function parseExposition(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value = ''] = line.trim().match(LINE) ?? [];
    return name === undefined ? [] : [{ name, labels: parseLabels(labels), value: INFINITE[value] ?? Number(value) }];
  });
}

function parseLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [
    name,
    value.replace(/\\(.)/g, (_, escaped: string) => ESCAPED[escaped] ?? escaped),
  ]);
  return Object.fromEntries(pairs);
}

/** The sum of all samples of that name whose labels are such; null when there are none. */
export function total(samples: readonly Sample[], name: string, labels: Record<string, string> = {}): number | null {
  const fitting = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return fitting.length === 0 ? null : fitting.reduce((sum, { value }) => sum + value, 0);
}
