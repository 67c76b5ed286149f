/** Charts as inline SVG. Colours are the style's, so that a chart follows light and dark. */
import { type Html, html, NOTHING } from './html.ts';
import { amount, duration } from './words.ts';

const WIDTH = 440;
const HEIGHT = 200;
const PLOT = { left: 46, right: 10, top: 10, bottom: 24 } as const;
const PLOT_WIDTH = WIDTH - PLOT.left - PLOT.right;
const PLOT_HEIGHT = HEIGHT - PLOT.top - PLOT.bottom;

/** A round figure at or above the largest, whose half is round too. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((times) => times * power >= value) ?? 10;
  return step * power;
}

type Axes = { readonly lastAt: number; readonly max: number };

const round = (value: number): number => Math.round(value * 10) / 10;
const xOf = ({ lastAt }: Axes, at: number): number =>
  round(PLOT.left + (PLOT_WIDTH * at) / Math.max(1, lastAt));
const yOf = ({ max }: Axes, value: number): number =>
  round(PLOT.top + PLOT_HEIGHT * (1 - value / max));

function axes({ lastAt, max }: Axes): Html {
  const rows = [0, max / 2, max].map((value) => {
    const y = yOf({ lastAt, max }, value);
    return html`<line class="grid" x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${y}" y2="${y}"/><text x="${PLOT.left - 6}" y="${y + 4}" text-anchor="end">${amount(value)}</text>`;
  });
  const columns = [0, lastAt / 2, lastAt].map((at, index) => {
    const anchor = ['start', 'middle', 'end'][index] ?? 'middle';
    return html`<text x="${xOf({ lastAt, max }, at)}" y="${HEIGHT - 6}" text-anchor="${anchor}">${Math.round(at)} s</text>`;
  });
  return html`${rows}${columns}`;
}

function frame(label: string, content: Html, height = HEIGHT): Html {
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${content}</svg>`;
}

export type Point = { readonly at: number; readonly value: number };

/** So much each second, as an area. */
export function rateChart(label: string, points: readonly Point[]): Html {
  if (points.length === 0) return html`<p class="quiet">Nothing was measured.</p>`;
  const lastAt = points.at(-1)?.at ?? 0;
  const scale = { lastAt, max: niceCeiling(Math.max(...points.map(({ value }) => value))) };
  const line = points.map(({ at, value }) => `${xOf(scale, at)},${yOf(scale, value)}`).join(' ');
  const base = yOf(scale, 0);
  const area = `${xOf(scale, points[0]?.at ?? 0)},${base} ${line} ${xOf(scale, lastAt)},${base}`;
  return frame(
    label,
    html`${axes(scale)}<polygon class="area one" points="${area}"/><polyline class="line one" points="${line}"/>`,
  );
}

export type Layer = { readonly name: string; readonly values: readonly number[] };

/** Parts of a whole over time, one on top of the other; each layer's class is its number. */
export function stackChart(label: string, ats: readonly number[], layers: readonly Layer[]): Html {
  if (ats.length === 0) return html`<p class="quiet">Nothing was measured.</p>`;
  const totals = ats.map((_, index) =>
    layers.reduce((sum, { values }) => sum + Math.max(0, values[index] ?? 0), 0),
  );
  const scale = { lastAt: ats.at(-1) ?? 0, max: niceCeiling(Math.max(...totals)) };
  let below = ats.map(() => 0);
  const areas = layers.map(({ name, values }, number) => {
    const above = below.map((value, index) => value + Math.max(0, values[index] ?? 0));
    const at = (heights: readonly number[]): string[] =>
      ats.map((time, index) => `${xOf(scale, time)},${yOf(scale, heights[index] ?? 0)}`);
    const points = [...at(above), ...at(below).reverse()].join(' ');
    below = above;
    return html`<polygon class="layer c${number}" points="${points}"><title>${name}</title></polygon>`;
  });
  return html`${frame(label, html`${axes(scale)}${areas}`)}${legend(layers.map(({ name }) => name))}`;
}

function legend(names: readonly string[]): Html {
  const entries = names.map(
    (name, number) => html`<li><span class="key c${number}"></span>${name}</li>`,
  );
  return html`<ul class="legend">${entries}</ul>`;
}

export type Span = {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
};

const ROW = 30;

/** From the median to p99 of each row, on a logarithmic scale of milliseconds. */
export function spanChart(label: string, spans: readonly Span[]): Html {
  if (spans.length === 0) return html`<p class="quiet">Nothing was measured.</p>`;
  const values = spans.flatMap(({ p50, p99 }) => [p50, p99]).filter((value) => value > 0);
  const from = Math.floor(Math.log10(Math.max(0.1, Math.min(...values))));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values, 1))));
  const left = 150;
  const wide = WIDTH - left - 24;
  const x = (ms: number): number =>
    round(left + (wide * (Math.log10(Math.max(ms, 10 ** from)) - from)) / (to - from));
  const height = spans.length * ROW + 26;
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)).map(
    (ms) =>
      html`<line class="grid" x1="${x(ms)}" x2="${x(ms)}" y1="4" y2="${height - 22}"/><text x="${x(ms)}" y="${height - 6}" text-anchor="middle">${duration(ms)}</text>`,
  );
  const rows = spans.map(({ name, p50, p95, p99 }, index) => {
    const y = index * ROW + 18;
    return html`<g><title>${name}: median ${duration(p50)}, p95 ${duration(p95)}, p99 ${duration(p99)}</title><text x="${left - 10}" y="${y + 4}" text-anchor="end">${name}</text><line class="span" x1="${x(p50)}" x2="${x(p99)}" y1="${y}" y2="${y}"/><circle class="p50" cx="${x(p50)}" cy="${y}" r="5"/><circle class="p95" cx="${x(p95)}" cy="${y}" r="5"/><circle class="p99" cx="${x(p99)}" cy="${y}" r="5"/></g>`;
  });
  const keys = (['p50', 'p95', 'p99'] as const).map(
    (name) => html`<li><span class="key ${name}"></span>${name === 'p50' ? 'median' : name}</li>`,
  );
  return html`${frame(label, html`${ticks}${rows}`, height)}<ul class="legend">${keys}</ul>`;
}

export type Bar = { readonly name: string; readonly value: number };

/** Counts side by side, each with its figure. */
export function barChart(label: string, bars: readonly Bar[]): Html {
  if (bars.length === 0) return NOTHING;
  const max = Math.max(1, ...bars.map(({ value }) => value));
  const left = 150;
  const wide = WIDTH - left - 60;
  const rows = bars.map(({ name, value }, index) => {
    const y = index * ROW + 4;
    const width = round(Math.max(1, (wide * value) / max));
    return html`<text x="${left - 10}" y="${y + 15}" text-anchor="end">${name}</text><rect class="bar" x="${left}" y="${y}" width="${width}" height="20" rx="3"/><text x="${left + width + 6}" y="${y + 15}" class="strong">${amount(value)}</text>`;
  });
  return frame(label, html`${rows}`, bars.length * ROW + 4);
}
