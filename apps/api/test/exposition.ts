export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** What a scrape of `GET /metrics` says. Fails at a line that is not of the text format. */
export function parseExposition(text: string) {
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, kind, metric = '', said = ''] = line.match(/^# (TYPE|HELP) (\S+) (.+)$/) ?? [];
    if (kind) (kind === 'TYPE' ? types : help).set(metric, said);
    else samples.push(parseSample(line));
  }
  return { types, help, samples };
}

function parseSample(line: string): Sample {
  const [, name, labels = '', value] = line.match(/^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i) ?? [];
  if (name === undefined) throw new Error(`no line of the text format: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
