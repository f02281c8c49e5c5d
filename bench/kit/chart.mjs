const WIDTH = 720;
const LABEL = 300;
const ROW = 24;
const asText = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The figures of one mode as horizontal bars on a logarithmic scale, which shows a hundredfold beside a half. */
export function barChart({ title, unit, medians }) {
  const rows = Object.entries(medians).flatMap(([name, figures]) =>
    Object.entries(figures).map(([figure, value]) => ({ label: `${name}: ${figure}`, value })),
  );
  const logs = rows.map(({ value }) => Math.log10(Math.max(value, 1e-3)));
  const [low, high] = [Math.min(...logs) - 0.3, Math.max(...logs)];
  const bars = rows.map(({ label, value }, index) => {
    const y = 48 + index * ROW;
    const width = Math.max(2, ((logs[index] - low) / (high - low || 1)) * (WIDTH - LABEL - 90));
    const text = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
    return `<text x="${LABEL - 8}" y="${y + 12}" text-anchor="end">${asText(label)}</text>
<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="16" rx="2"/>
<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 12}">${text}</text>`;
  });
  const height = 56 + rows.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<title>${asText(title)}</title>
<style>text{fill:#57606a}rect{fill:#2f81f7}.title{font-size:14px;font-weight:600}</style>
<text class="title" x="8" y="20">${asText(title)}</text><text x="8" y="36">${asText(unit)}, logarithmic</text>
${bars.join('\n')}
</svg>
`;
}
