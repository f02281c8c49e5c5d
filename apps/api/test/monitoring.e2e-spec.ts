import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { type ApiServer, startApi } from './api-server.js';
import { parseExposition } from './exposition.js';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: unknown;
  targets?: { refId: string; expr: string; datasource: unknown }[];
  fieldConfig?: { defaults: { unit: string } };
}

const dashboard = JSON.parse(read('deploy/grafana/openclaw-worker.json'));
const panels: Panel[] = dashboard.panels;
const shown = panels.filter(({ type }) => type !== 'row');
const rules = read('deploy/prometheus/openclaw-alerts.yml');

let api: ApiServer;
let exposition: ReturnType<typeof parseExposition>;
beforeAll(async () => {
  api = await startApi();
  exposition = parseExposition((await api.get('/metrics')).body);
});
afterAll(() => api.close());

/** The metrics that a text of PromQL names, without what a histogram adds to its name. */
function metricsIn(text: string): string[] {
  const names = text.match(/\b(?:openclaw|nodejs|process)_\w+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, '')))];
}

describe('the dashboard', () => {
  const panelQueries = shown.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('asks for metrics that there are', () => {
    const asked = metricsIn(
      JSON.stringify(dashboard.templating) + JSON.stringify(dashboard.annotations) + panelQueries,
    );
    expect(asked.length).toBeGreaterThan(15);
    expect(asked.filter((name) => !exposition.types.has(name))).toEqual([]);
  });

  it('shows every metric of ours', () => {
    const ours = [...exposition.types.keys()].filter((name) => name.startsWith('openclaw_'));
    const asked = metricsIn(JSON.stringify(dashboard));
    expect(ours.filter((name) => !asked.includes(name))).toEqual([]);
  });

  it('has what an import needs', () => {
    expect(dashboard).toMatchObject({ id: null, uid: 'openclaw-worker', title: 'OpenClaw Worker' });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    const [source, ...others] = dashboard.templating.list;
    expect(source).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    const used = [...others, ...dashboard.annotations.list, ...shown, ...shown.flatMap(({ targets = [] }) => targets)];
    for (const { datasource } of used) expect(datasource).toEqual({ type: 'prometheus', uid: `\${${source.name}}` });
    const required = dashboard.__requires.map(({ id }: { id: string }) => id);
    for (const { type } of shown) expect(required).toContain(type);
  });

  it('knows every variable that its queries use', () => {
    const known = dashboard.templating.list.map(({ name }: { name: string }) => name);
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
    expect(used.filter((name) => !name.startsWith('__') && !known.includes(name))).toEqual([]);
  });

  it('has panels with a title, a query and a unit, none over another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
    for (const { title, targets = [], fieldConfig } of shown) {
      expect(title).not.toBe('');
      expect(fieldConfig?.defaults.unit).toEqual(expect.any(String));
      const refs = targets.map(({ refId }) => refId);
      expect(refs.length).toBeGreaterThan(0);
      expect(new Set(refs).size).toBe(refs.length);
    }
  });
});

describe('the alert rules', () => {
  it('ask for metrics that there are', () => {
    const asked = metricsIn(rules);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.filter((name) => !exposition.types.has(name))).toEqual([]);
  });

  it('are each complete', () => {
    const alerts = rules.split(/^ {6}- alert: /m).slice(1);
    expect(alerts).toHaveLength(8);
    for (const alert of alerts) {
      expect(alert).toMatch(
        /^OpenClaw[A-Z]\w+\n {8}expr: .+\n {8}for: \d+m\n {8}labels:\n {10}severity: (warning|critical)\n/,
      );
      expect(alert).toMatch(/^ {8}annotations:\n {10}summary: .+$/m);
    }
  });

  it('are what the scrape configuration loads, for the job that it names', () => {
    const scraping = read('deploy/prometheus/prometheus.yml');
    expect(scraping).toMatch(/^rule_files:\n {2}- openclaw-alerts\.yml$/m);
    const [, job] = scraping.match(/job_name: (\w+)/) ?? [];
    expect(rules).toContain(`up{job="${job}"}`);
  });
});

describe('docs/monitoring.md', () => {
  it('lists the metrics, with their types, labels and meanings', () => {
    const registry = api.app.get(Registry, { strict: false });
    const ours = [...exposition.types.keys()].filter((name) => name.startsWith('openclaw_'));
    const lines = ours.map((name) => {
      const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: string[] };
      const labels = labelNames.filter((label) => label !== 'le').map((label) => `\`${label}\``);
      const cells = [`\`${name}\``, exposition.types.get(name), labels.join(', '), exposition.help.get(name)];
      return `| ${cells.join(' | ')} |`.replace('|  |', '| |');
    });
    const listed = read('docs/monitoring.md').match(/^\| `openclaw_.+\|$/gm) ?? [];
    expect([...listed].sort()).toEqual(lines.sort());
  });
});
