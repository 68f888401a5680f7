/** The page's style: two columns of charts where there is room, light and dark by the reader's setting. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --ink: #1d2330; --quiet: #5b6473; --line: #dfe3ea;
  --series-0: #8a93a3; --series-1: #d08700; --series-2: #2563eb; --series-3: #7c3aed;
  --right: #15803d; --wrong: #c81e3a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151c; --card: #1b202a; --ink: #e8ebf1; --quiet: #9aa4b5; --line: #323a48;
    --series-0: #97a1b3; --series-1: #f2b134; --series-2: #6aa3ff; --series-3: #b794ff;
    --right: #3fbf6b; --wrong: #ff6b81;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1140px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; }
h2 { font-size: 19px; margin: 36px 0 12px; }
h3 { font-size: 15px; margin: 20px 0 8px; color: var(--quiet); font-weight: 600; }
p { margin: 0 0 8px; }
.quiet { color: var(--quiet); }
.tiles, .charts { display: grid; gap: 16px; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); margin-top: 20px; }
.charts { grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); }
.tile, figure, .table, .example { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 14px 18px; }
.tile strong { display: block; font-size: 28px; line-height: 1.3; font-variant-numeric: tabular-nums; }
figure { margin: 0; padding: 14px 16px 8px; }
figcaption { display: flex; flex-wrap: wrap; gap: 4px 16px; justify-content: space-between; }
.legend { color: var(--quiet); font-size: 13px; }
.key { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin: 0 6px 4px 12px; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 12px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--line); }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.curve.faint { stroke-width: 1; opacity: 0.35; }
${[0, 1, 2, 3].map((i) => `.curve.series-${i} { stroke: var(--series-${i}); } .key.series-${i} { background: var(--series-${i}); }`).join('\n')}
.table { overflow-x: auto; padding: 4px 16px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 7px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; font-size: 13px; }
th:first-child, td:first-child, .settings td, .metrics td:nth-child(2), .metrics th:nth-child(2) { text-align: left; }
.settings td:last-child { white-space: normal; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
tr.best td { font-weight: 650; }
.example { display: flex; gap: 20px; padding: 10px 14px; margin-bottom: 10px; overflow-x: auto; }
.ranked { display: flex; gap: 8px; margin: 0; padding: 0 0 0 20px; list-style: none; border-left: 1px solid var(--line); }
.picture { flex: none; text-align: center; font-size: 12px; line-height: 1.4; color: var(--quiet); }
.picture img { display: block; height: 60px; min-width: 30px; border-radius: 6px; border: 3px solid var(--line); background: #fff; }
.picture.tall img { height: 104px; }
.picture.right img { border-color: var(--right); }
.picture.wrong img { border-color: var(--wrong); }
.right b { color: var(--right); }
.wrong b { color: var(--wrong); }
`;
