import { OUTCOMES } from '../words.ts'

const light = `
  --paper: #fbfaf7; --card: #ffffff; --ink: #1c1a17; --soft: #5c564d; --rule: #e2ddd3; --rule-strong: #8d8578; --wash: #f3f0ea; --link: #17507f; --focus: #17507f;
  --gA: #17713f; --gB: #4d7011; --gC: #7d6400; --gD: #a24a06; --gE: #b5351d; --gF: #9c1528; --g0: #6a655d; --on: #ffffff;
  --fail: #b3202c; --fail-wash: #fbe9e8; --warn: #8a5500; --warn-wash: #fcf0d9; --pass: #17713f; --pass-wash: #e5f3e9; --clear: #c0392b; --enc: #4f8a86; --unk: #968f84;
`
const dark = `
  --paper: #141518; --card: #1b1d21; --ink: #eae6de; --soft: #aaa499; --rule: #2e3137; --rule-strong: #7d7a74; --wash: #202329; --link: #8fc2ee; --focus: #8fc2ee;
  --gA: #5fce91; --gB: #a9cc5c; --gC: #e0c24a; --gD: #f0a35a; --gE: #f5896c; --gF: #ff7d84; --g0: #a49e93; --on: #141518;
  --fail: #ff8f8f; --fail-wash: #3a2022; --warn: #efb95a; --warn-wash: #352a17; --pass: #74d19b; --pass-wash: #18301f; --clear: #ee7a6c; --enc: #5fa39e; --unk: #77726a;
`

/** A filter by outcome that works without a script: radio buttons, and what does not match is not shown. */
const filters = OUTCOMES.filter((o) => o !== 'error')
  .map(
    (o) =>
      `body:has(#show-${o}:checked) :is([data-o]:not([data-o="${o}"]), .device:not(:has([data-o="${o}"])), .block:not(:has([data-o="${o}"]))) { display: none }`,
  )
  .join('\n')

const grades = ['A', 'B', 'C', 'D', 'E', 'F', '0'].map((g) => `.g${g} { --g: var(--g${g}) }`).join(' ')

export const style = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
*, *::before, *::after { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 4.5rem }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; overflow-wrap: anywhere }
h1, h2, h3, .wordmark { font-family: ui-serif, "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif; font-weight: 600; line-height: 1.2; text-wrap: balance; margin: 0 }
h1 { font-size: clamp(1.75rem, 1.2rem + 2.6vw, 2.9rem); letter-spacing: -.015em; max-width: 22em }
h2 { font-size: 1.5rem; letter-spacing: -.01em }
h3 { font-size: 1.3rem }
h4, #method ~ h3 { font: 650 .8rem/1.2 system-ui, sans-serif; font-weight: 650; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin: 1.5rem 0 .5rem }
h5 { font-size: .95rem; margin: 1.1rem 0 .3rem }
p { margin: .4rem 0; max-width: 70ch }
a { color: var(--link); text-underline-offset: .18em }
ul, ol { margin: 0; padding: 0; list-style: none }
code { font: .875em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; font-variant-ligatures: none }
bdi { unicode-bidi: isolate }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px }
.skip { position: absolute; left: -99rem; top: 0; background: var(--card); padding: .7rem 1rem; z-index: 9 }
.skip:focus { left: .5rem; top: .5rem }
.off { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
header.top, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem) }
header.top { padding-top: clamp(1.5rem, 5vw, 3.5rem) }
.wordmark { font-size: 1rem; letter-spacing: .02em; color: var(--soft); margin-bottom: 1.1rem }
.wordmark b { color: var(--ink) }
.lead { color: var(--soft); margin-top: .9rem; max-width: 60ch }
.notice { border-left: 4px solid var(--fail); background: var(--fail-wash); padding: .7rem 1rem; margin-top: 1rem; border-radius: 0 6px 6px 0; max-width: 70ch }
main > section { margin-top: clamp(2.5rem, 6vw, 4rem) }
main > section > h2 { padding-bottom: .6rem; border-bottom: 1px solid var(--rule); margin-bottom: 1.2rem }
.soft { color: var(--soft) } .small { font-size: .875rem }

.first > li { display: grid; grid-template-columns: 2.4rem 1fr; padding: .9rem 0; border-bottom: 1px solid var(--rule) }
.first > li:last-child { border-bottom: 0 }
.first .n { font: 600 1.6rem/1.15 ui-serif, Georgia, serif; color: var(--soft) }
.first p { margin: .15rem 0 } .first .do { font-size: 1.08rem; font-weight: 550 }

.otherwise > h2 { border-bottom-color: var(--fail) }
.otherwise li { border-left: 4px solid var(--fail); padding: .2rem 0 .2rem 1rem; margin-bottom: 1.1rem }
.otherwise p { margin: .2rem 0 } .otherwise .do { font-weight: 550 } .otherwise .tag { font-weight: 650 }

.threats > h2 { border-bottom-color: var(--fail) }
.threat { background: var(--card); border: 1px solid var(--rule); border-left: 4px solid var(--sev); border-radius: 0 14px 14px 0; padding: clamp(1rem, 3vw, 1.6rem); margin-bottom: 1.4rem }
.sev-critical, .sev-high { --sev: var(--fail) } .sev-medium { --sev: var(--warn) } .sev-low, .sev-info { --sev: var(--rule-strong) }
.threat h3 { margin-bottom: .2rem } .threat h4 { margin-top: 1.2rem }
.stages { display: block; width: 100%; height: auto; margin-top: .9rem } .stages.narrow { display: none }
.stages text { fill: var(--soft) } .stages .seen text { fill: var(--ink); font-weight: 650 }
.stages line { stroke: var(--rule-strong); stroke-width: 2; stroke-dasharray: 3 4 } .stages line.on { stroke: var(--sev); stroke-width: 3; stroke-dasharray: none }
.stages circle { fill: var(--card); stroke: var(--rule-strong); stroke-width: 2 } .stages .seen circle { fill: var(--sev); stroke: var(--sev) } .stages .seen path { fill: none; stroke: var(--card); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
.steps > li { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: 0 1rem; padding: .6rem 0; border-top: 1px solid var(--rule) } .steps time { color: var(--soft); font-variant-numeric: tabular-nums } .steps p { margin: .15rem 0 } .steps code { background: var(--wash); border-radius: 4px; padding: .1rem .35rem }
.tag.sev-critical, .tag.sev-high { color: var(--fail); background: var(--fail-wash) } .tag.sev-medium { color: var(--warn); background: var(--warn-wash) } .tag.sev-low, .tag.sev-info { color: var(--soft) }
.now { list-style: decimal; padding-left: 1.6rem } .now > li { margin: .45rem 0; max-width: 70ch } .now > li::marker { color: var(--soft); font-weight: 650 }
.state h3 { margin: 1.4rem 0 .4rem } .chart { display: block; width: 100%; height: auto } .chart.narrow { display: none } .chart text { fill: var(--soft) } .chart .base { stroke: var(--rule-strong) }
.chart .critical, .chart .high { fill: var(--fail) } .chart .high { opacity: .65 } .chart .medium { fill: var(--warn) } .chart .low, .chart .info { fill: var(--rule-strong) } .chart .blind { fill: none; stroke: var(--rule-strong); stroke-dasharray: 3 3 }
.key .box { width: .8rem; height: .8rem } .key .critical, .key .high { fill: var(--fail) } .key .high { opacity: .65 } .key .medium { fill: var(--warn) } .key .low { fill: var(--rule-strong) } .key .blind { fill: none; stroke: var(--rule-strong); stroke-dasharray: 3 3 }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 2.5rem } .pair td:last-child { min-width: 0 } .pair > section { margin-bottom: 1.6rem }
.less { border-top: 1px solid var(--rule); padding: .5rem 0 }

figure { margin: 0 }
.map { display: block; width: 100%; height: auto; font-family: inherit }
.map.narrow { display: none }
.map text { fill: var(--ink) } .map .faint { fill: var(--soft) } .map .letter { font-weight: 700; fill: var(--on) }
.map .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 5px; stroke-linejoin: round }
.map .node { fill: var(--g) } .map .place { fill: var(--soft) }
.map .link { fill: none; stroke: var(--unk); opacity: .6; stroke-linecap: round }
.map .link:hover { opacity: 1 }
.map .link.clear, .map .link.broken { stroke: var(--clear); stroke-dasharray: 7 5; opacity: .85 } .map .link.encrypted { stroke: var(--enc) }
.gateway circle { fill: var(--ink); stroke: var(--paper); stroke-width: 4 } .gateway path { stroke: var(--paper); stroke-width: 2; stroke-linecap: round }
.key { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; font-size: .875rem; color: var(--soft); margin-top: .8rem }
.key svg { width: 2rem; height: .6rem; vertical-align: middle; margin-right: .4rem }
.key line { stroke-width: 3 } .key .clear { stroke: var(--clear); stroke-dasharray: 7 5 } .key .enc { stroke: var(--enc) } .key .unk { stroke: var(--unk) }
${grades}
.tile { display: inline-grid; place-items: center; width: 2rem; height: 2rem; border-radius: 6px; background: var(--g); color: var(--on); font: 700 1.1rem/1 system-ui, sans-serif; flex: none }
.tile.big { width: 3.6rem; height: 3.6rem; font-size: 2rem; border-radius: 10px }

.list li { border-bottom: 1px solid var(--rule) }
.list a { display: grid; grid-template-columns: 2rem minmax(0, 1.2fr) minmax(0, 1fr) 7.5rem; gap: 0 1rem; align-items: center; padding: .55rem .3rem; color: inherit; text-decoration: none }
.list a:hover { background: var(--wash) } .list a:hover .name { text-decoration: underline }
.list .name { font-weight: 600 } .list .kind { color: var(--soft); font-size: .9rem }
.cover { font-size: .8rem; color: var(--soft); text-align: right; font-variant-numeric: tabular-nums }
.bar { display: block; width: 100%; height: 5px; margin-top: .25rem; border-radius: 3px } .bar rect:first-child { fill: var(--rule) } .bar rect + rect { fill: var(--soft) }

.tools { position: sticky; top: 0; z-index: 3; background: var(--paper); border-bottom: 1px solid var(--rule); padding: .6rem 0; margin-bottom: 1.2rem; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .35rem; align-items: center } legend { float: left; margin-right: .5rem; padding: 0; font-size: .9rem; color: var(--soft) }
fieldset label { position: relative; font-size: .875rem; border: 1px solid var(--rule-strong); border-radius: 99px; padding: .2rem .75rem; cursor: pointer; background: var(--card) }
fieldset input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer }
fieldset label:has(:checked) { background: var(--ink); color: var(--paper); border-color: var(--ink) }
fieldset label:has(:focus-visible) { outline: 3px solid var(--focus); outline-offset: 2px }
button { font: inherit; font-size: .8rem; color: var(--link); background: none; border: 1px solid var(--rule-strong); border-radius: 6px; padding: .05rem .5rem; cursor: pointer; display: none } .js button { display: inline-block } button:hover { background: var(--wash) }

.device { background: var(--card); border: 1px solid var(--rule); border-radius: 14px; padding: clamp(1rem, 3vw, 1.9rem); margin-bottom: 1.6rem; content-visibility: auto; contain-intrinsic-size: auto 60rem }
.device > header { display: grid; grid-template-columns: auto 1fr; gap: 0 1.1rem; align-items: start }
.device .addr { font-size: .85rem; color: var(--soft); margin: .2rem 0 }
.why { margin-top: .9rem }
.strip { display: flex; flex-wrap: wrap; gap: 3px 10px; margin: 1rem 0 .3rem } .strip > span { display: flex; flex-wrap: wrap; gap: 3px }
.c { min-width: 1.45rem; padding: 0 .2rem; white-space: nowrap; height: 1.45rem; border-radius: 4px; font-size: .68rem; display: grid; place-items: center; font-variant-numeric: tabular-nums; border: 1px solid transparent }
.c.fail { background: var(--fail); color: var(--on); font-weight: 700 } .c.warn { background: var(--warn-wash); color: var(--warn); border-color: currentColor; font-weight: 700 } .c.pass { background: var(--pass-wash); color: var(--pass); border-color: currentColor }
.c.inconclusive { border-color: var(--rule-strong); border-style: dotted; color: var(--soft) } .c.not-applicable { color: var(--soft); background: var(--wash) } .c.error { border: 2px dashed var(--fail); color: var(--fail) }
.traffic { margin-top: 1rem } .traffic svg { display: block; width: 100%; height: 40px; border-bottom: 1px solid var(--rule) } .traffic rect { fill: var(--enc) } figcaption { font-size: .8rem; color: var(--soft); margin-top: .3rem }

details { border-top: 1px solid var(--rule) } details:last-of-type { border-bottom: 1px solid var(--rule) }
summary { cursor: pointer; padding: .6rem .2rem; list-style: none; display: flex; gap: .6rem; align-items: baseline }
summary::-webkit-details-marker { display: none }
summary::before { content: ""; flex: none; width: .45rem; height: .45rem; border: solid var(--soft); border-width: 0 2px 2px 0; transform: translateY(-.1rem) rotate(-45deg); transition: transform .12s } details[open] > summary::before { transform: translateY(-.15rem) rotate(45deg) }
@media (prefers-reduced-motion: reduce) { summary::before { transition: none } }
summary:hover { background: var(--wash) }
summary .t { flex: 1; min-width: 0; font-weight: 550 } summary .t small { font-weight: 400; color: var(--soft); font-size: .875rem }
.body { padding: 0 .2rem 1rem 1.4rem }
.group { border: 0 } .group > summary { color: var(--soft); font-size: .95rem } .group > .body { padding-right: 0 }
.tag { flex: none; font-size: .75rem; font-weight: 650; border-radius: 4px; padding: .05rem .45rem; border: 1px solid currentColor; white-space: nowrap }
.tag.fail { color: var(--fail); background: var(--fail-wash) } .tag.warn { color: var(--warn); background: var(--warn-wash) } .tag.pass { color: var(--pass); background: var(--pass-wash) } .tag.inconclusive, .tag.not-applicable { color: var(--soft) } .tag.error { color: var(--fail) }
dl { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); gap: .35rem 1rem; margin: .3rem 0 } dt { color: var(--soft); font-size: .875rem } dd { margin: 0 }
.ev li + li { margin-top: .55rem } .ev code { background: var(--wash); border-radius: 4px; padding: .1rem .35rem }
.verdict { display: grid; grid-template-columns: 2rem minmax(0, 1fr) auto; gap: 0 .6rem; padding: .65rem 0; border-top: 1px solid var(--rule) } .verdict > .no { color: var(--soft); font-variant-numeric: tabular-nums } .verdict p { margin: .15rem 0; font-size: .92rem }
.long .verdict { grid-template-columns: 5rem minmax(0, 1fr) auto } .verdict .tag { align-self: start } .verdict .who { font-size: .85rem; color: var(--soft) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem } th { text-align: left; font-size: .8rem; color: var(--soft); font-weight: 600 } th, td { padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--rule); vertical-align: top } td.num, th.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } td:last-child { min-width: 11rem } td small { color: var(--soft); display: block }
.weight { width: 4rem; height: 6px; border-radius: 3px } .weight rect:first-child { fill: var(--rule) } .weight rect + rect { fill: var(--enc) }
.prot-clear, .prot-broken { color: var(--fail) }
footer { margin-top: 3rem; padding-top: 1.2rem; padding-bottom: 3rem; color: var(--soft); font-size: .875rem }
${filters}

@media (max-width: 44rem) {
  .map.wide, .stages.wide, .chart.wide { display: none } .map.narrow, .stages.narrow, .chart.narrow { display: block }
  .steps > li { grid-template-columns: 1fr } .pair { grid-template-columns: minmax(0, 1fr) }
  .list a { grid-template-columns: 2rem minmax(0, 1fr) 5.2rem } .list .kind { grid-column: 2; grid-row: 2 } .list .cover { grid-row: 1 / span 2; grid-column: 3 } .list .name { grid-column: 2 } .list .tile { grid-row: 1 / span 2 }
  .tile.big { width: 2.8rem; height: 2.8rem; font-size: 1.6rem }
  dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem }
  .body { padding-left: .6rem }
  .tools { position: static }
  table, tbody, tr, td { display: block } thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) } tr { border-bottom: 1px solid var(--rule); padding: .45rem 0 } td { border: 0; padding: .05rem 0 } td.num { text-align: left; display: inline-block; margin-right: 1rem } td[data-l]::before { content: attr(data-l) " "; color: var(--soft); font-size: .85em }
  .verdict, .long .verdict { grid-template-columns: 1.6rem minmax(0, 1fr) } .long .verdict > .no { grid-column: 1 / -1 } .long .verdict > div { grid-row: 3 } .long .verdict .tag { grid-row: 2 } .verdict > .no { grid-row: 1 } .verdict > div { grid-column: 2; grid-row: 2 } .verdict .tag { grid-column: 2; justify-self: start; grid-row: 1; margin-bottom: .2rem }
}
@media print {
  :root { ${light} --paper: #fff }
  .tools, .skip, button { display: none !important } .device { content-visibility: visible; border: 0; border-top: 2px solid #000; border-radius: 0; padding: 1rem 0 }
  details::details-content { content-visibility: visible; display: block; height: auto } summary::before { display: none } summary, .verdict, .first li, tr { break-inside: avoid } h3, h4, h5 { break-after: avoid }
  body { font-size: 10pt } .tile, .c { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
`
