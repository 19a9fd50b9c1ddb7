#include "radbatch/report/page.hpp"
#include "radbatch/report/palette.hpp"

namespace radbatch {
namespace {

// The font stack names the common CJK fonts, as nothing can be fetched. Tables have the three rules of a
// printed journal; figures stand in one column and share their width.
constexpr std::string_view PAGE = R"css(
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 72rem; padding: 2.5rem 1.5rem 3rem; color: var(--ink); background: var(--paper);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans",
  "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei",
  "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", sans-serif; overflow-wrap: anywhere; }
.skip { position: absolute; left: -999rem; } .skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; z-index: 1;
  background: var(--paper); border: 2px solid var(--blue); }
a { color: var(--blue); text-underline-offset: .15em; text-decoration-thickness: from-font; } a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; border-radius: 2px; }
header { border-bottom: 1px solid var(--rule); padding-bottom: 1.25rem; }
.eyebrow { margin: 0; font-size: .78rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; color: var(--blue); }
h1 { margin: .2rem 0 .1rem; font-size: 2rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; }
.subtitle { margin: 0; color: var(--soft); }
.banner { display: inline-block; margin: 1rem 0 0; padding: .3rem .75rem; border-left: 4px solid var(--edge);
  background: var(--notice); font-size: .9rem; }
.figures { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; margin: 1.5rem 0 1.25rem; }
.figure b { display: block; font-size: 1.75rem; line-height: 1.2; font-weight: 600; font-variant-numeric: tabular-nums; }
.figure span { display: block; font-size: .875rem; color: var(--soft); }
.results { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); margin-bottom: 0; }
a.figure { color: inherit; text-decoration: none; } a.figure:hover b { text-decoration: underline; text-decoration-thickness: 2px; }
nav { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; font-size: .9rem; } nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { padding-top: 2.25rem; }
h2 { margin: 0 0 .9rem; padding-top: 1.1rem; border-top: 1px solid var(--rule); font-size: 1.35rem; line-height: 1.3;
  font-weight: 620; letter-spacing: -.01em; }
header + main > section:first-child h2 { border: 0; padding: 0; }
h3 { margin: 1.9rem 0 .5rem; font-size: 1.03rem; font-weight: 620; }
h4 { margin: 1.4rem 0 .5rem; font-size: .9rem; font-weight: 600; }
p { margin: .5rem 0; max-width: 46rem; }
.note { font-size: .85rem; color: var(--soft); }
.soft { color: var(--soft); font-size: .85em; font-weight: 400; }
.advice { margin-top: .15rem; padding-left: .6rem; border-left: 2px solid var(--rule); color: var(--soft); }
code, pre { font: .84em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; }
pre { padding: .8rem 1rem; background: var(--wash); white-space: pre-wrap; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1.5rem 3rem; align-items: start; }
.scroll { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: separate; border-spacing: 0; min-width: min(100%, 34rem); font-size: .9rem; overflow-wrap: normal; border-top: 1.5px solid var(--grey);
  border-bottom: 1.5px solid var(--grey); }
.narrow table { width: auto; min-width: 20rem; }
caption { padding: 0 0 .35rem; text-align: left; font-size: .9rem; font-weight: 600; }
th { text-align: start; font-weight: 600; color: var(--soft); font-size: .8rem; line-height: 1.35; vertical-align: bottom; }
thead th { border-bottom: 1px solid var(--grey); }
th, td { padding: .42rem 1.4rem .42rem 0; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: .2rem; }
tbody tr:last-child > * { border-bottom: 0; } tbody th { font-size: inherit; line-height: inherit; color: inherit; font-weight: 500; vertical-align: top; }
tbody th { min-width: 9rem; } td { vertical-align: top; min-width: 3.5rem; }
.num { text-align: right; font-variant-numeric: tabular-nums lining-nums; white-space: nowrap; }
td .soft, td .advice { font-size: .82rem; }
ul.plain { margin: 0; padding: 0; list-style: none; min-width: 13rem; font-size: .85rem; }
ul.ids { columns: 13rem; margin: .4rem 0 .8rem; padding-left: 1.1rem; }
.badge { display: inline-block; margin-top: .1rem; padding: 0 .5rem; border-radius: .7rem; font-size: .78rem; line-height: 1.4rem; color: var(--on-strong); }
.badge.done { background: var(--badge-done); } .badge.skipped { background: var(--badge-skipped); color: var(--ink); }
.badge.refused { background: var(--badge-refused); color: var(--badge-refused-ink); }
.badge.failed { background: var(--badge-failed); } .badge.interrupted { background: var(--badge-interrupted); }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--blue); font-size: .9rem; }
details[open] > summary { margin-bottom: .4rem; }
figure { margin: 0; overflow-x: auto; } svg { display: block; width: 100%; height: auto; }
figcaption { font-size: .86rem; line-height: 1.45; max-width: 46rem; } figcaption b { font-weight: 600; } figcaption .soft { font-size: inherit; }
figure > svg + figcaption { padding-top: .4rem; }
figcaption:first-child { font-size: .9rem; font-weight: 600; }
section > figure { margin: 1.2rem 0 1.6rem; }
.charts { margin: .8rem 0 1.8rem; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 2.4rem 2rem; align-items: start; }
.charts.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); }
.charts.small { grid-template-columns: repeat(auto-fill, minmax(8.6rem, 1fr)); }
.charts figcaption:first-child .soft { font-size: .85em; }
.charts figcaption:first-child { border-bottom: 1px solid var(--rule); margin-bottom: .4rem; display: flex;
  justify-content: space-between; gap: .5rem; align-items: baseline; }
.confusion table { width: auto; border: 0; } .confusion td { text-align: center; min-width: 4.4rem; padding: .4rem .5rem; border: 2px solid var(--paper); vertical-align: middle; }
.confusion td b { display: block; font-weight: 600; } .confusion td span { font-size: .76rem; }
.confusion td.zero { color: var(--soft); background: var(--wash); } .confusion td.num { border: 0; min-width: 2rem; color: var(--soft); }
.confusion th { border: 0; } .confusion tbody th { font-size: .8rem; font-weight: 600; color: var(--soft); vertical-align: middle; text-align: right; padding-right: .7rem; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 1.1rem .9rem; }
.gallery img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: #0e1319; image-rendering: auto; }
.gallery figcaption { padding-top: .35rem; font-weight: 400; font-size: .82rem; line-height: 1.4; }
.gallery b { font-weight: 600; } .gallery code { color: var(--soft); font-size: .7rem; word-break: break-all; }
div.score { display: flex; align-items: center; gap: .5rem; font-variant-numeric: tabular-nums; }
.meter { flex: 1; height: 5px; background: var(--rule); } .meter i { display: block; height: 100%; background: var(--blue); }
.wrong { color: var(--red); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 0; font-size: .92rem; }
dt { color: var(--soft); } dd { margin: 0; }
ol.plan { margin: 0; padding-left: 1.4rem; font-size: .92rem; } ol.plan code { margin-left: .5rem; color: var(--soft); }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: .85rem; color: var(--soft); }
)css";

constexpr std::string_view NARROW_SCREEN = R"css(
@media (max-width: 40rem) { body { padding: 1.25rem 1rem 2rem; } h1 { font-size: 1.5rem; } .figures { gap: .6rem 1.5rem; }
  .figure b { font-size: 1.4rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; }
  .gallery { grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); } .pair { gap: 1rem; }
  table { font-size: .82rem; } th { font-size: .74rem; } th, td { padding-right: .75rem; } td, tbody th { min-width: 0; }
  .scroll tr > th:first-child { position: sticky; left: 0; max-width: 9rem; background: var(--paper); }
  td:last-child:not(.num):not(:empty) { min-width: 12rem; }
  .stack thead { display: none; } .stack table, .stack tbody, .stack tr, .stack td { display: block; text-align: left; }
  .stack td { border: 0; padding: .15rem 0; min-width: 0 !important; } .stack tr { border-bottom: 1px solid var(--rule); padding: .5rem 0; }
  .stack .num::after { content: " in all"; } }
@media (forced-colors: active) { svg { forced-color-adjust: none; background: #fff; color: #000; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
)css";

// Paper is white, whatever the screen prefers; colours are kept, as areas and curves mean something.
constexpr std::string_view PAPER = R"css(
@page { size: A4; margin: 16mm 15mm 18mm; }
@media print { body { max-width: none; padding: 0; font-size: 9.5pt; line-height: 1.42; } nav, .skip { display: none; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  h1 { font-size: 17pt; } h2 { font-size: 12.5pt; } h3 { font-size: 10.5pt; } a { color: inherit; text-decoration: none; }
  figure, tr, .pair > div, .figures { break-inside: avoid; } h2, h3, h4, caption { break-after: avoid; } p { orphans: 3; widows: 3; }
  thead { display: table-header-group; } .scroll, figure { overflow: visible; } table { font-size: 8.5pt; }
  .num { white-space: normal; } svg.chart { min-width: 0 !important; max-height: 225mm; }
  .charts { grid-template-columns: repeat(2, 1fr); gap: 5mm 6mm; } .charts svg.chart { max-width: 72mm !important; } .charts.small { grid-template-columns: repeat(4, 1fr); }
  .gallery { grid-template-columns: repeat(6, 1fr); } summary { list-style: none; } details:not([open]):not(.figures-of-others) { display: none; }
  .figures-of-others > summary { display: none; } .figures-of-others::details-content { content-visibility: visible; block-size: auto; } }
)css";

}  // namespace

std::string style_sheet() {
  return ":root { color-scheme: light dark;" + colour_variables(false) +
         " }\n@media screen and (prefers-color-scheme: dark) { :root {" + colour_variables(true) + " } }" +
         std::string(PAGE) + std::string(chart_rules()) + std::string(NARROW_SCREEN) + std::string(PAPER);
}

}  // namespace radbatch
