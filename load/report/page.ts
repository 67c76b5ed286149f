/** report.html: one readable page that needs nothing else. */
import type { LoadReport } from '../run/report.ts';
import { barChart, rateChart, spanChart, stackChart } from './charts.ts';
import { Html, html, NOTHING } from './html.ts';
import { STYLE } from './style.ts';
import { amount, duration, words } from './words.ts';

function section(title: string, content: Html): Html {
  return html`<section><h2>${title}</h2>${content}</section>`;
}

function mark(met: boolean): Html {
  return met ? html`<td class="mark good">✓ met</td>` : html`<td class="mark bad">✗ not met</td>`;
}

function countOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function tiles({ figures, shops, oracle }: LoadReport): Html {
  const { outcomes, calls, seconds, steps, confirmedMs } = figures;
  const oversold = shops.reduce(
    (sum, { sold, held, stocked }) => sum + Math.max(0, sold + held - stocked),
    0,
  );
  const entries: (readonly [string, string])[] = [
    [amount(outcomes.confirmed ?? 0), 'orders confirmed'],
    [amount(oversold), 'units oversold'],
    [amount(outcomes.sold_out ?? 0), 'told: sold out'],
    [amount(calls / Math.max(1, seconds)), 'calls a second, mean'],
    [amount(steps.reduce((sum, { retries }) => sum + countOf(retries), 0)), 'calls repeated'],
    [confirmedMs === null ? '–' : duration(confirmedMs.p99), 'paid to confirmed, p99'],
    [`${oracle.filter(({ met }) => met).length} of ${oracle.length}`, 'oracle’s checks met'],
  ];
  return html`<div class="tiles">${entries.map(
    ([figure, name]) => html`<div class="tile"><b>${figure}</b><span>${name}</span></div>`,
  )}</div>`;
}

function overTime({ figures, stock }: LoadReport): Html {
  const { timeline } = figures;
  const calls = timeline.map(({ at, calls: value }) => ({ at, value }));
  const orders = timeline.map(({ at, confirmed: value }) => ({ at, value }));
  const layers = (['sold', 'held', 'free'] as const).map((name) => ({
    name,
    values: stock.map((point) => point[name]),
  }));
  const ats = stock.map(({ at }) => at);
  return html`<div class="grid-2">
${section('Calls a second', rateChart('Calls a second over time', calls))}
${section('Orders confirmed a second', rateChart('Orders confirmed a second over time', orders))}
${section('Stock of the hot SKU', stackChart('Units sold, held and free over time', ats, layers))}
${section('How journeys ended', outcomesChart(figures))}
</div>`;
}

function outcomesChart({ outcomes }: LoadReport['figures']): Html {
  const bars = Object.entries(outcomes).map(([name, value]) => ({ name: words(name), value }));
  if (bars.length === 0) return html`<p class="quiet">Nobody meant to buy.</p>`;
  return barChart(
    'Journeys by how they ended',
    bars.sort((a, b) => b.value - a.value),
  );
}

function latency({ figures }: LoadReport): Html {
  const spans = figures.steps.map(({ step, latencyMs }) => ({ name: step, ...latencyMs }));
  const rows = figures.steps.map(
    ({ step, calls, latencyMs: { p50, p95, p99, max } }) =>
      html`<tr><td class="name">${step}</td><td class="number">${amount(calls)}</td>${[
        p50,
        p95,
        p99,
        max,
      ].map((ms) => html`<td class="number">${duration(ms)}</td>`)}</tr>`,
  );
  const heads = ['calls', 'median', 'p95', 'p99', 'longest'].map(
    (name) => html`<th class="number">${name}</th>`,
  );
  return html`<div class="grid-2">
${section('Latency by step', spanChart('Median, p95 and p99 of each step', spans))}
${section('The same in figures', html`<div class="scroll"><table><tr><th>step</th>${heads}</tr>${rows}</table></div><p class="quiet">Of single calls; waiting between two tries is not in it.</p>`)}
</div>`;
}

function answers({ figures }: LoadReport): Html {
  const statuses = [...new Set(figures.steps.flatMap((step) => Object.keys(step.statuses)))].sort();
  const heads = statuses.map(
    (status) => html`<th class="number">${status === '0' ? 'none' : status}</th>`,
  );
  const rows = figures.steps.map(({ step, statuses: counts, retries }) => {
    const cells = statuses.map((status) => {
      const count = counts[status] ?? 0;
      return html`<td class="number">${count === 0 ? '·' : amount(count)}</td>`;
    });
    const why = Object.entries(retries).map(([name, count]) => `${words(name)} ${amount(count)}`);
    return html`<tr><td class="name">${step}</td>${cells}<td>${why.join(', ') || '–'}</td></tr>`;
  });
  return section(
    'Answers and repetitions by step',
    html`<div class="scroll"><table><tr><th>step</th>${heads}<th>repeated because of</th></tr>${rows}</table></div>
<p class="quiet">409 is the answer “not enough stock”, 402 a declined card, 201 a checkout that has begun. A step is repeated as the contract’s retry policy says, five tries at most; ${amount(figures.triesAgain)} times a buyer then clicked “Try again”. ${amount(figures.repeats)} checkouts were sent twice on purpose, under one key.</p>`,
  );
}

function compared({ comparison }: LoadReport): Html {
  if (comparison === null) return NOTHING;
  const { alone, withSale, ratio } = comparison;
  const chart = spanChart('The quiet shop alone, and with the sale', [
    { name: 'alone', ...alone },
    { name: 'with the sale', ...withSale },
  ]);
  return section(
    'The quiet shop',
    html`<div class="narrow">${chart}</div><p>Its p99 was ${duration(alone.p99)} over ${amount(alone.calls)} calls alone, and ${duration(withSale.p99)} over ${amount(withSale.calls)} calls while the other shop had its sale: <b>${ratio} times</b>.</p>`,
  );
}

function checks({ thresholds, oracle }: LoadReport): Html {
  const verdicts = oracle.map(
    ({ shopId, name, met, detail }) =>
      html`<tr>${mark(met)}<td class="name">${shopId}</td><td>${name}</td><td class="long">${detail}</td></tr>`,
  );
  const limits = thresholds.map(
    ({ metric, condition, met }) =>
      html`<tr>${mark(met)}<td class="long">${metric}</td><td><code>${condition}</code></td></tr>`,
  );
  return html`${section(
    'The oracle: what the service and the payment provider say afterwards',
    html`<table class="checks"><tr><th></th><th>shop</th><th>what must be true</th><th>what is</th></tr>${verdicts}</table>`,
  )}
${section('Thresholds', html`<table class="checks"><tr><th></th><th>figure</th><th>bound</th></tr>${limits}</table>`)}`;
}

function about({ machine, notes, complaints, parameters, startedAt }: LoadReport): Html {
  const entries = Object.entries({
    machine: `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}`,
    versions: `Node ${machine.node}, k6 ${machine.k6}`,
    parameters: `${amount(parameters.buyers)} buyers, ${amount(parameters.units)} units, ${parameters.seconds} s, seed ${parameters.seed}`,
    started: startedAt ?? 'never',
  }).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  const said = complaints.length === 0 ? NOTHING : html`<pre>${complaints.join('\n')}</pre>`;
  return html`${section('What it ran on', html`<dl>${entries}</dl>${notes.map((note) => html`<p class="quiet">${note}</p>`)}`)}
${complaints.length === 0 ? NOTHING : section('What k6 complained of', said)}`;
}

export function reportPage(report: LoadReport): string {
  const { scenario, summary, passed, parameters, startedAt } = report;
  const badge = passed
    ? html`<span class="badge good">✓ all is well</span>`
    : html`<span class="badge bad">✗ not met</span>`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${scenario}: ${passed ? 'all is well' : 'not met'}</title><style>${new Html(STYLE)}</style></head>
<body><main>${badge}<h1>${words(scenario)}</h1>
<p>${summary}</p>
<p class="quiet">${amount(parameters.buyers)} buyers, ${amount(parameters.units)} units, ${parameters.seconds} s, seed ${parameters.seed}${startedAt === null ? '' : `; ${startedAt.slice(0, 16).replace('T', ' ')} UTC`}</p>
${tiles(report)}
${compared(report)}
${overTime(report)}
${latency(report)}
${answers(report)}
${checks(report)}
${about(report)}
</main></body></html>
`;
  return page.text;
}
