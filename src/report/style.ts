/** The look of the report, as one style sheet. */

import { trusted, type Html } from "./html.ts";

/**
 * Group colours: M. Petroff, "Accessible Color Sequences for Data Visualization",
 * 2021, https://arxiv.org/abs/2107.02270, told apart with any colour vision; on
 * dark paper moved as little as keeps all ten apart there too. Steps go one way in
 * lightness, away from the paper.
 */
export const palettes = {
  light: {
    groups: "#3f90da #ffa90e #bd1f01 #832db6 #b9ac70 #e76300 #a96b59 #92dadd #717581 #94a4a2",
    steps: "#e3c55b #b9bb5c #86b06a #4f9f7d #2b8687 #2c6786 #303f77",
  },
  dark: {
    groups: "#4997ff #ffd10e #bb420a #8947d2 #dbb57d #d38500 #a87d7c #b1dfe5 #8b598b #9eacc6",
    steps: "#3d5a9e #3f7ba3 #3f9a9b #5fb389 #93c573 #c8d268 #f7e07a",
  },
} as const;

function variables({ groups, steps }: { readonly groups: string; readonly steps: string }): string {
  const list = (name: string, colours: string): string =>
    colours
      .split(" ")
      .map((colour, i) => `--${name}-${i}:${colour};`)
      .join("");
  return list("group", groups) + list("step", steps);
}

const LIGHT = `
  --paper:#fdfdfb; --wash:#f5f6f3; --ink:#17191d; --ink-2:#555b64; --ink-3:#767c86;
  --edge:#17191d2e; --rule:#dfe1dd; --faint:#b3b8bd; --training:#1463b0; --validation:#b54708; --best:#17191d;
  --original:#c3c7cc; --control:#9aa0a8;
  --level-1:#fdf0df; --level-2:#fbdcb8; --level-3:#f7bf8a; --hot:#8a3200;
`.trim();

const SANS =
  '-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,sans-serif';

const css = `
:root {
${LIGHT}
  --sans:${SANS};
  --serif:"Iowan Old Style","Palatino Linotype",Palatino,"URW Palladio L",Charter,Georgia,"Liberation Serif",serif;
  ${variables(palettes.light)}
}
@media screen and (prefers-color-scheme:dark) {
  :root {
    --paper:#14161a; --wash:#1b1e23; --ink:#ebeae6; --ink-2:#adb2ba; --ink-3:#8b919b;
    --edge:#00000099; --rule:#2f333a; --faint:#5b616b; --training:#74b4f3; --validation:#ffa75e; --best:#ebeae6;
    --original:#565c66; --control:#6d737d;
    --level-1:#2b2218; --level-2:#47301a; --level-3:#6b421a; --hot:#ffc48f;
    ${variables(palettes.dark)}
  }
}
* { box-sizing:border-box; }
html { background:var(--paper); color:var(--ink); font:16px/1.5 var(--sans); -webkit-text-size-adjust:100%; }
body { margin:0; overflow-wrap:anywhere; }
main, footer { max-width:1240px; margin:0 auto; padding:0 clamp(16px,4vw,48px); }
h1, h2, h3, p, dl, dd, ul, figure { margin:0; padding:0; }
ul { list-style:none; }
small { font-size:.8125em; color:var(--ink-2); font-weight:400; }
svg, img { display:block; max-width:100%; }
svg { height:auto; font-family:var(--sans); font-variant-numeric:tabular-nums; }
svg text { white-space:pre; }

.head { padding:clamp(28px,6vw,72px) 0 40px; }
.eyebrow { display:flex; flex-wrap:wrap; gap:2px 20px; justify-content:space-between; font-weight:600; padding-bottom:10px; border-bottom:2px solid var(--ink); margin-bottom:clamp(24px,4vw,44px); }
.eyebrow span { font-weight:400; color:var(--ink-2); }
h1 { font:500 clamp(1.75rem,1.2rem + 2.6vw,3.1rem)/1.14 var(--serif); letter-spacing:-.012em; max-width:24em; text-wrap:balance; }
h1.long { font-size:clamp(1.4rem,1.1rem + 1.5vw,2.1rem); line-height:1.22; max-width:34em; }
.lead { font:400 clamp(1.05rem,1rem + .3vw,1.25rem)/1.5 var(--serif); color:var(--ink-2); max-width:42em; margin-top:14px; }
h1 + .lead { margin-top:22px; }
.facts { display:grid; grid-template-columns:repeat(auto-fit,minmax(150px,1fr)); gap:20px 32px; margin-top:clamp(28px,4vw,44px); }
.facts dt { color:var(--ink-2); font-size:.8125rem; }
.facts dd small { display:block; color:var(--ink-2); font-size:.8125rem; font-weight:400; letter-spacing:0; }
.facts dd { font-size:1.375rem; font-weight:500; letter-spacing:-.01em; font-variant-numeric:tabular-nums; }

section { border-top:1px solid var(--rule); padding:32px 0 40px; }
.words { margin-bottom:20px; }
.content { min-width:0; }
h2 { font-size:1.125rem; line-height:1.3; letter-spacing:-.005em; text-wrap:balance; }
h3 { font-size:.9375rem; margin:0 0 10px; }
h3::first-letter { text-transform:uppercase; }
.note { font-size:.875rem; line-height:1.5; color:var(--ink-2); margin-top:8px; max-width:46em; }
.note strong { color:var(--ink); }
.empty, .none { color:var(--ink-3); }
.none { font-style:italic; font-weight:400; }
@media (min-width:1000px) {
  section { display:grid; grid-template-columns:216px minmax(0,1fr); column-gap:56px; }
}

table { overflow-wrap:break-word; border-collapse:collapse; font-size:.875rem; font-variant-numeric:tabular-nums; }
th, td { text-align:left; vertical-align:baseline; padding:8px 20px 8px 0; }
thead th { color:var(--ink-2); font-weight:500; font-size:.8125rem; border-bottom:1px solid var(--ink-3); }
tbody th { font-weight:500; }
tbody tr + tr > * { border-top:1px solid var(--rule); }
.scroll { position:relative; overflow-x:auto; overscroll-behavior-x:contain; background:linear-gradient(to left,var(--paper) 40%,transparent) right/40px 100% no-repeat local,linear-gradient(to left,var(--edge),transparent) right/14px 100% no-repeat scroll; }
.scroll:focus-visible, summary:focus-visible { outline:2px solid var(--training); outline-offset:4px; }

.figures { width:100%; }
.figures tbody th small { display:block; }
.figures .group th { padding-top:18px; font-weight:600; }
.figures tbody td { font-size:1rem; white-space:nowrap; }
.figures .own { font-weight:650; color:var(--training); }
.figures thead .own { font-weight:600; }
.figures td.against { width:36%; min-width:190px; padding-right:0; }
@media screen and (max-width:700px) {
  .figures { font-size:.8125rem; }
  .figures th, .figures td { padding-right:14px; }
  .figures tbody th { min-width:104px; }
  .figures tbody td { font-size:.9375rem; }
  .figures td.against { min-width:118px; white-space:normal; }
  .figures thead small { display:none; }
}
.verdict { font-size:.875rem; }
.verdict.better, .verdict.worse { font-weight:600; }
.verdict.worse { color:var(--hot); }
.bar { display:block; height:5px; margin-top:3px; background:var(--control); }
.bar.own { background:var(--training); margin-top:6px; }

code { font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace; font-size:.86em; white-space:nowrap; }
.warnings li { border-left:3px solid var(--validation); padding:4px 0 4px 14px; max-width:46em; }
.warnings li.note { border-left-color:var(--control); }
.warnings li p { margin:0; }
.warnings .advice { color:var(--ink-2); margin-top:4px; }
.warnings li + li { margin-top:12px; }

.plots { display:grid; grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr)); gap:28px 36px; align-items:start; }
.plots figure { max-width:460px; }
.plots svg { width:100%; }
figcaption { font-size:.8125rem; display:flex; flex-wrap:wrap; gap:0 8px; align-items:baseline; margin-bottom:2px; }
figcaption .values { margin-left:auto; display:flex; gap:12px; color:var(--ink-2); font-variant-numeric:tabular-nums; }
figcaption .values .training { color:var(--training); font-weight:600; }
figcaption .values .validation { color:var(--validation); font-weight:600; }
figcaption .scale { flex-basis:100%; }
.key { display:flex; flex-wrap:wrap; gap:4px 22px; font-size:.8125rem; margin-bottom:16px; }
.line::before { content:""; display:inline-block; width:26px; height:0; border-top:2px solid; margin-right:7px; vertical-align:.28em; }
.line + .line { margin-left:14px; }
.key .line + .line { margin-left:0; }
.line.training::before, .line.again::before { border-color:var(--training); }
.line.validation::before { border-top-style:dashed; border-color:var(--validation); }
.line.threshold::before { border-color:var(--hot); }
.line.best::before { width:0; height:14px; border-top:0; border-left:1.5px solid var(--best); margin-right:8px; vertical-align:-.15em; }
.line.original::before { border-top-width:5px; border-color:var(--original); vertical-align:.15em; }
.box::before { content:""; display:inline-block; width:12px; height:12px; margin-right:7px; vertical-align:-.08em; background:var(--training); }
.box.inactive::before { background:none; border:1px solid var(--ink-3); }

.pairs { display:flex; flex-wrap:wrap; gap:16px 12px; }
.pairs + h3 { margin-top:28px; }
.pairs li > img + img { margin-top:3px; }
.pairs img, .sheet img { background:var(--wash); }
.crisp { image-rendering:pixelated; }
.sheet { display:flex; flex-wrap:wrap; gap:3px; max-width:760px; }
.strip { display:flex; gap:3px; }
.strip img { background:var(--wash); }
.plots.changes { grid-template-columns:repeat(auto-fill,minmax(210px,1fr)); }
.moves { width:100%; }
.moves .group th { padding-top:18px; font-weight:400; }
.moves tbody:first-child .group th { padding-top:0; }
.moves tbody th[scope=row] { width:26%; padding-left:0; }
.moves td.against { width:22%; min-width:90px; padding-right:0; }
.swatch { display:inline-block; width:11px; height:11px; vertical-align:-.05em; }
.too-bright { background:#e26800; }
.too-dark { background:#187cd6; margin-left:6px; }

.cells th[scope=row], .cells thead th:first-child, .cells thead td:first-child { position:sticky; left:0; background:var(--paper); min-width:104px; max-width:190px; padding-right:16px; z-index:1; }
.cells td, .cells thead th { min-width:116px; padding:7px 12px 7px 8px; }
.cells thead th:first-child, .cells thead td:first-child { padding-left:0; border-left:0; }
.cells th[scope=colgroup] { color:var(--ink); font-weight:600; border-bottom:0; border-left:1px solid var(--rule); }
.cells td { white-space:nowrap; border-left:1px solid var(--rule); }
.before, .after { display:block; }
.after { color:var(--ink-2); }
.arrow { color:var(--ink-3); }
.same { color:var(--ink-3); font-size:.8125rem; }
.level-1 { background:var(--level-1); }
.level-2 { background:var(--level-2); }
.level-3 { background:var(--level-3); }
.level-2 .after, .level-3 .after { color:var(--ink); }
.level-2 .arrow, .level-3 .arrow { color:inherit; }
.error { position:relative; color:var(--hot); margin-left:4px; font-size:.8125rem; }
mark { color:var(--hot); padding:0 3px; }
.spoken { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%); }

.map { display:flex; flex-wrap:wrap; gap:20px 36px; align-items:flex-start; }
.square { flex:1 1 320px; max-width:620px; }
.square svg { width:100%; }
.legend h3::first-letter { text-transform:none; }
.cells th[scope=colgroup] bdi { display:inline-block; }
.cells th[scope=colgroup] bdi::first-letter { text-transform:uppercase; }
.legend { flex:0 1 auto; max-width:280px; font-size:.875rem; }
.legend ul { columns:1; }
.legend li { display:flex; gap:8px; align-items:baseline; padding:2px 0; }
.legend li small { margin-left:auto; padding-left:16px; font-variant-numeric:tabular-nums; }
.dot { flex:none; width:11px; height:11px; border-radius:50%; background:var(--dot); align-self:center; }
.dot.inline { display:inline-block; margin-right:6px; }
.dot.other, .dot.none { background:none; border:1.5px solid var(--dot); }
@media screen and (max-width:700px) { .square svg { font-size:15px; } .legend { flex-basis:100%; max-width:none; } .legend ul { columns:2; column-gap:24px; } }

.unusual { width:100%; }
.recommended { width:100%; }
.recommended th[scope=row] { width:46%; }
.recommended td:last-child, .recommended th:last-child { padding-right:0; }
.took { color:var(--training); }
.history { color:var(--ink-2); font-size:.875rem; max-width:46em; margin-bottom:8px; }
.history bdi { color:var(--ink); }
.unusual .alarm { color:var(--hot); font-weight:600; white-space:nowrap; }
.unusual ul { display:grid; gap:2px; }
.unusual li small { white-space:nowrap; }
.unusual td:last-child, .unusual th:last-child { padding-right:0; }
.heats { display:grid; grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr)); gap:18px 24px; }
.heats figure { max-width:360px; }
.note + .plots, .note + .heats, .note + .scroll { margin-top:18px; }
.heats img { width:100%; max-width:360px; height:auto; }
.wide { margin-top:20px; max-width:none; }
.wide { overflow-x:auto; }
.wide svg { width:100%; min-width:640px; }
.content > h3 { margin-top:32px; }
.content > h3:first-child { margin-top:0; }
.box.found::before { background:var(--level-3); }
.box.known::before { background:var(--ink-2); height:5px; vertical-align:.2em; }
.quantiles { width:100%; max-width:400px; align-self:center; }
.quantiles td:last-child, .quantiles th:last-child { padding-right:0; }

.provenance { display:grid; grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr)); gap:28px 36px; font-size:.875rem; }
.provenance dl > div { display:flex; justify-content:space-between; gap:16px; padding:5px 0; border-top:1px solid var(--rule); }
.provenance dt { color:var(--ink-2); flex:none; max-width:50%; }
.provenance dd { text-align:right; font-variant-numeric:tabular-nums; }
.provenance ~ h3, details { margin-top:32px; }
summary { cursor:pointer; font-size:.9375rem; font-weight:600; }
details .scroll { margin-top:10px; }
.columns th[scope=row] { max-width:300px; }
footer { padding-top:20px; padding-bottom:40px; color:var(--ink-3); font-size:.8125rem; }

@media print {
  @page { margin:16mm 14mm; }
  html { font-size:12px; background:#fff; }
  main, footer { max-width:none; padding:0; }
  .head { padding-top:0; }
  section { padding:18px 0 22px; }
  figure, tr, .pairs li, .legend, .facts { break-inside:avoid; }
  h2, h3, .words { break-after:avoid; }
  .scroll { overflow:visible; background:none; }
  .facts { grid-template-columns:repeat(4,1fr); }
  .square { max-width:420px; }
  .cells { font-size:8.5px; width:100%; table-layout:fixed; }
  .cells td, .cells th, .cells thead th:first-child { min-width:0; padding:3px 4px; white-space:normal; position:static; }
  .error { font-size:inherit; }
  .plots { grid-template-columns:1fr 1fr; }
  * { print-color-adjust:exact; -webkit-print-color-adjust:exact; }
  details::details-content { content-visibility:visible; height:auto; }
}
`;

/**
 * Markup with the colours of light paper in place of the style sheet's names, and its typeface: for
 * a picture that stands alone, in a viewer that may know no style sheets.
 */
export function withColours(markup: string): string {
  const known = new Map(
    `${LIGHT};${variables(palettes.light)}`
      .split(";")
      .map((pair) => pair.trim().split(":") as [string, string]),
  );
  return markup
    .replaceAll("var(--sans)", SANS.replaceAll('"', "'"))
    .replaceAll(/var\((--[a-z0-9-]+)\)/g, (name, key: string) => known.get(key) ?? name);
}

/** The style sheet, with the spaces nobody reads taken out. */
export const reportStyle: Html = trusted(css.trim().replace(/\n\s*/g, "\n"));
