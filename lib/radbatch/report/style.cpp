#include "radbatch/report/page.hpp"

namespace radbatch {

// Colours: blue and orange that stay apart for red-green blindness (after Okabe and Ito, 2008), muted; grey
// for what needs no attention. The font stack names the common CJK fonts, as nothing can be fetched.
std::string style_sheet() {
  return R"css(
:root { --ink: #1d2733; --soft: #66727f; --rule: #dde3e9; --wash: #f5f7f9; --blue: #2e689e; --orange: #d67d2c;
  --red: #ad3f2b; --purple: #7a6299; --grey: #a9b4bf; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 68rem; padding: 2.5rem 1.5rem 3rem; color: var(--ink); background: #fff;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans",
  "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei",
  "WenQuanYi Micro Hei", sans-serif; overflow-wrap: anywhere; }
header { border-bottom: 1px solid var(--rule); padding-bottom: 1.25rem; }
.eyebrow { margin: 0; font-size: .78rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; color: var(--blue); }
h1 { margin: .2rem 0 .1rem; font-size: 2rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; }
.subtitle { margin: 0; color: var(--soft); }
.banner { display: inline-block; margin: 1rem 0 0; padding: .3rem .75rem; border-left: 4px solid var(--orange);
  background: #fcf4ec; font-size: .9rem; }
.figures { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; margin: 1.5rem 0 1.25rem; }
.figure b { display: block; font-size: 1.75rem; line-height: 1.2; font-weight: 600; font-variant-numeric: tabular-nums; }
.figure span { font-size: .875rem; color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .9rem; }
a { color: var(--blue); }
section { padding-top: 1.75rem; }
h2 { margin: 0 0 .9rem; font-size: 1.35rem; line-height: 1.3; font-weight: 620; letter-spacing: -.01em; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1rem; font-weight: 620; }
h4 { margin: 1.4rem 0 .5rem; font-size: .9rem; font-weight: 600; }
p { margin: .5rem 0; max-width: 46rem; }
.note { font-size: .85rem; color: var(--soft); }
.soft { color: var(--soft); font-size: .85em; font-weight: 400; }
.advice { margin-top: .15rem; padding-left: .6rem; border-left: 2px solid var(--rule); color: var(--soft); }
code, pre { font: .84em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; }
pre { padding: .8rem 1rem; background: var(--wash); white-space: pre-wrap; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1.5rem 3rem; align-items: start; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
.narrow table { width: auto; min-width: 20rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem; vertical-align: bottom; }
th, td { padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--rule); }
td { vertical-align: top; min-width: 3.5rem; }
.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td .soft, td .advice { font-size: .82rem; }
ul.plain { margin: 0; padding: 0; list-style: none; min-width: 13rem; font-size: .85rem; }
ul.ids { columns: 13rem; margin: .4rem 0 .8rem; padding-left: 1.1rem; }
.badge { display: inline-block; margin-top: .1rem; padding: 0 .5rem; border-radius: .7rem; font-size: .78rem; line-height: 1.4rem; color: #fff; }
.badge.done { background: var(--blue); } .badge.skipped { background: #e4e9ee; color: var(--ink); }
.badge.refused { background: #f6dfc6; color: #5c3409; } .badge.failed { background: var(--red); } .badge.interrupted { background: var(--purple); }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--blue); font-size: .9rem; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 11px; fill: var(--ink); } svg .strong { font-size: 12.5px; font-weight: 600; }
svg .soft { fill: var(--soft); font-size: 10.5px; } svg .middle { text-anchor: middle; } svg .end { text-anchor: end; }
svg.flow { max-width: 30rem; }
.ribbon { opacity: .28; } rect.files { fill: #55636f; } path.files { fill: #8b98a5; } .cases { fill: var(--ink); }
svg .done { fill: var(--blue); } svg .skipped { fill: var(--grey); } svg .refused { fill: var(--orange); }
svg .failed { fill: var(--red); } svg .interrupted { fill: var(--purple); }
.score { fill: var(--blue); } .rest { fill: var(--grey); } .axis { stroke: #8b98a5; }
.threshold { stroke: var(--red); stroke-dasharray: 4 3; } .frame { fill: none; stroke: var(--rule); }
.chance { stroke: var(--grey); stroke-dasharray: 3 4; } .curve { fill: none; stroke: var(--blue); stroke-width: 2; stroke-linejoin: round; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.4rem 2rem; }
.charts.small { grid-template-columns: repeat(auto-fill, minmax(8.6rem, 1fr)); }
figure { margin: 0; } figcaption { font-size: .9rem; font-weight: 600; }
.charts figcaption { border-bottom: 1px solid var(--rule); margin-bottom: .4rem; display: flex; justify-content: space-between; gap: .5rem; align-items: baseline; }
.confusion table { width: auto; } .confusion td { text-align: center; min-width: 4.4rem; padding: .4rem .5rem; border: 2px solid #fff; vertical-align: middle; }
.confusion td b { display: block; font-weight: 600; } .confusion td span { font-size: .76rem; }
.confusion td.zero { color: var(--grey); background: var(--wash); } .confusion td.num { border: 0; min-width: 2rem; color: var(--soft); }
.confusion th { border: 0; } .confusion th[scope=row] { vertical-align: middle; text-align: right; padding-right: .7rem; }
.confusion th[scope=col] { text-align: center; padding: .4rem .5rem; } .corner { font-weight: 400; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 1.1rem .9rem; }
.gallery img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: #0e1319; image-rendering: auto; }
.gallery figcaption { padding-top: .35rem; font-weight: 400; font-size: .82rem; line-height: 1.4; }
.gallery b { font-weight: 600; } .gallery code { color: var(--soft); font-size: .7rem; word-break: break-all; }
div.score { display: flex; align-items: center; gap: .5rem; font-variant-numeric: tabular-nums; }
.meter { flex: 1; height: 5px; background: #e4e9ee; } .meter i { display: block; height: 100%; background: var(--blue); }
.wrong { color: var(--red); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 0; font-size: .92rem; }
dt { color: var(--soft); } dd { margin: 0; }
ol.plan { margin: 0; padding-left: 1.4rem; font-size: .92rem; } ol.plan code { margin-left: .5rem; color: var(--soft); }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: .85rem; color: var(--soft); }
@media (max-width: 40rem) { body { padding: 1.25rem 1rem 2rem; } h1 { font-size: 1.5rem; } .figures { gap: .6rem 1.5rem; }
  .figure b { font-size: 1.4rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; }
  .gallery { grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); }
  .stack thead { display: none; } .stack table, .stack tbody, .stack tr, .stack td { display: block; text-align: left; }
  .stack td { border: 0; padding: .15rem 0; } .stack tr { border-bottom: 1px solid var(--rule); padding: .5rem 0; }
  .stack .num::after { content: " in all"; } }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; } nav { display: none; } * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  figure, tr, .pair > div { break-inside: avoid; } h2, h3 { break-after: avoid; } .scroll { overflow: visible; } }
)css";
}

}  // namespace radbatch
