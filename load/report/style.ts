/** The page's only style: no font, script or image of anywhere else. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --text: #17202b; --soft: #5b6775; --rule: #dfe4ea;
  --one: #2a6fdb; --two: #e08a00; --three: #b9c3cf; --good: #14753d; --bad: #b3261e; --good-bg: #e1f3e8; --bad-bg: #fbe4e2;
  --p50: #9cc0f5; --p95: #4b8bec; --p99: #163f86; }
@media (prefers-color-scheme: dark) { :root { --page: #10151b; --card: #18202a; --text: #e6ebf1; --soft: #9aa7b6;
  --rule: #2b3643; --one: #6aa5ff; --two: #f5a83c; --three: #46535f; --good: #6fd79a; --bad: #ff9b92; --good-bg: #163424;
  --bad-bg: #47201d; --p50: #2f5ea8; --p95: #6aa5ff; --p99: #d3e4ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 0 0 12px; }
p { margin: 0 0 8px; }
.quiet { color: var(--soft); }
section > .quiet { margin: 10px 0 0; font-size: 14px; }
.badge { display: inline-block; border-radius: 999px; padding: 4px 14px; font-weight: 600; margin-bottom: 12px; }
.good { color: var(--good); } .bad { color: var(--bad); }
.badge.good { background: var(--good-bg); } .badge.bad { background: var(--bad-bg); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin: 20px 0; }
.tile, section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 16px; }
.tile b { display: block; font-size: 25px; white-space: nowrap; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 14px; }
.grid-2 { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 12px; }
section { margin-bottom: 12px; min-width: 0; } .grid-2 section { margin-bottom: 0; } .grid-2 { margin-bottom: 12px; }
svg { width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); } svg text.strong { fill: var(--text); font-weight: 600; }
.narrow svg { max-width: 560px; }
.grid { stroke: var(--rule); stroke-width: 1; }
.area.one { fill: var(--one); opacity: .16; } .line.one { fill: none; stroke: var(--one); stroke-width: 2; stroke-linejoin: round; }
.layer { stroke: var(--card); stroke-width: 1; } .layer.c0 { fill: var(--one); } .layer.c1 { fill: var(--two); } .layer.c2 { fill: var(--three); }
.key.c0 { background: var(--one); } .key.c1 { background: var(--two); } .key.c2 { background: var(--three); }
.bar { fill: var(--one); } .span { stroke: var(--three); stroke-width: 3; }
circle.p50 { fill: var(--p50); } circle.p95 { fill: var(--p95); } circle.p99 { fill: var(--p99); }
.key.p50 { background: var(--p50); } .key.p95 { background: var(--p95); } .key.p99 { background: var(--p99); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; padding: 0; font-size: 14px; color: var(--soft); }
.key { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; color: var(--soft); font-weight: 500; }
th, td { padding: 6px 12px 6px 0; border-top: 1px solid var(--rule); vertical-align: top; }
tr:first-child > th { border-top: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.mark { font-weight: 600; white-space: nowrap; } td.name { white-space: nowrap; } td.long { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; font-size: 14px; } dt { color: var(--soft); } dd { margin: 0; }
code, pre { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; margin: 0; }
@media (max-width: 560px) { main { padding: 16px 10px 32px; } h1 { font-size: 23px; } .tiles { grid-template-columns: 1fr 1fr; gap: 8px; }
  .tile b { font-size: 22px; } svg text { font-size: 13px; } td.name { white-space: normal; } .checks td { display: block; border: 0; padding: 0; }
  .checks tr { display: block; border-top: 1px solid var(--rule); padding: 8px 0; } .checks tr:first-child { display: none; } }
`;
