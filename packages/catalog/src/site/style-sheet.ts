/** The look of the exported site: one sheet, light and dark by the reader's setting, readable on a phone and on paper. */
export const styleSheet = `:root {
  color-scheme: light dark;
  --ground: light-dark(#fbfbfa, #16181b);
  --raised: light-dark(#ffffff, #1d2024);
  --line: light-dark(#dfe1e4, #33383e);
  --text: light-dark(#1a1d21, #e7e9ec);
  --soft: light-dark(#565d66, #a4acb6);
  --accent: light-dark(#0b57a4, #7db8f5);
  --accent-ground: light-dark(#e8f1fb, #17293c);
  --good: light-dark(#17663a, #6fcf97);
  --warn: light-dark(#7a4b00, #f0b95a);
  --bad: light-dark(#a4201d, #ff9a94);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.55 system-ui, sans-serif; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
code, pre { font-family: var(--mono); font-size: .87em; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--raised); padding: .5rem 1rem; z-index: 2; }
.bar { position: sticky; top: 0; z-index: 1; background: var(--ground); border-bottom: 1px solid var(--line); }
.bar div, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
.bar div { display: flex; align-items: center; gap: 1rem; min-height: 3.5rem; }
.bar .home { font-weight: 650; color: var(--text); text-decoration: none; }
.bar .path { color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
main { padding-top: 1.75rem; padding-bottom: 3rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: .95rem; margin: 1.25rem 0 .5rem; }
p { margin: .5rem 0; max-width: 68ch; }
.id, .soft { color: var(--soft); }
.lead { font-size: 1.05rem; }
.badges { display: flex; flex-wrap: wrap; gap: .4rem; margin: .75rem 0; padding: 0; list-style: none; }
.badges li { border: 1px solid var(--line); border-radius: 999px; padding: .05rem .6rem; font-size: .8rem; background: var(--raised); }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.badges .warn, .badges .bad, .badges .good { border-color: currentColor; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .9rem 1.5rem; margin: 1.5rem 0 0; }
.facts dt { color: var(--soft); font-size: .8rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.notice { border: 1px solid var(--warn); border-left-width: 4px; border-radius: 6px; padding: .6rem 1rem; margin: 1rem 0; background: var(--raised); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--raised); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
.wide table { min-width: 46rem; }
caption { text-align: left; padding: .6rem .75rem; color: var(--soft); }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: .8rem; white-space: nowrap; }
tbody th { font-weight: 600; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.flow { display: grid; grid-template-columns: 1fr auto 1fr auto 1fr; gap: .75rem; align-items: center; }
.flow ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
.flow li, .flow .self { border: 1px solid var(--line); border-radius: 8px; padding: .45rem .75rem; background: var(--raised); overflow-wrap: anywhere; }
.flow .self { border-color: var(--accent); background: var(--accent-ground); font-weight: 600; text-align: center; }
.flow small { display: block; color: var(--soft); font-weight: 400; }
.arrow { color: var(--soft); }
details { border: 1px solid var(--line); border-radius: 8px; background: var(--raised); margin: .6rem 0; }
summary { cursor: pointer; padding: .5rem .75rem; }
details > :not(summary) { margin-left: .75rem; margin-right: .75rem; }
pre { overflow-x: auto; padding: .75rem; margin: 0 0 .75rem; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; }
.search { display: block; width: 100%; font: inherit; font-size: 1.05rem; padding: .65rem .9rem; color: inherit; background: var(--raised); border: 1px solid var(--soft); border-radius: 8px; }
.entries { list-style: none; margin: 1.25rem 0 0; padding: 0; display: grid; gap: .75rem; }
.entries > li { border: 1px solid var(--line); border-radius: 8px; background: var(--raised); padding: .8rem 1rem; }
.entries > li[hidden] { display: none; }
.entries a { font-weight: 600; text-decoration: none; }
.entries a:hover { text-decoration: underline; }
.entries p { margin: .2rem 0 0; }
.entries .badges { margin-bottom: 0; }
footer { color: var(--soft); font-size: .85rem; padding-bottom: 2rem; }
@media (max-width: 46rem) {
  .flow { grid-template-columns: 1fr; }
  .arrow { transform: rotate(90deg); justify-self: center; }
  h1 { font-size: 1.4rem; }
}
@media print { .bar, .search { display: none; } details > * { display: block; } }
`;
