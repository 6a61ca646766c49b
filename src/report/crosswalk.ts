import { createHash } from 'node:crypto'
import type { Check } from '../checks/check.ts'
import type { Control, Framework } from '../frameworks/framework.ts'
import { type Html, markup, trusted } from './html/escape.ts'
import { style } from './html/style.ts'
import { count, remedySteps, sentence } from './words.ts'

/** One check's place in one framework. */
interface Use {
  framework: Framework
  settles: Control[]
  fails: Control[]
}

/**
 * Which controls of each framework are settled by which evidence, as one page that needs nothing else: its own style and script,
 * which the content policy allows by their hashes. Without scripts only the search is missing.
 */
export function renderCrosswalk(frameworks: readonly Framework[], checks: readonly Check[], version: string): string {
  const rules = frameworks
    .map(({ id }) => `body:has(#show-${slug(id)}:checked) [data-f]:not([data-f~="${id}"]) { display: none }`)
    .join('\n')
  const look = `${style}\n${extra}\n${rules}`
  const policy = `default-src 'none'; style-src '${hash(look)}'; script-src '${hash(script)}'; base-uri 'none'; form-action 'none'`
  const uses = new Map(checks.map((check) => [check.id, usesOf(check, frameworks)]))
  const titles = new Map(checks.map((check) => [check.id, check.title]))
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<title>Assay: which evidence settles which control</title>
<style>${trusted(look)}</style></head>
<body><a class="skip" href="#evidence">Skip to the evidence</a>
<header class="top"><p class="wordmark"><b>Assay</b> crosswalk</p><h1>Which evidence settles which control</h1>
<p class="lead">${count(frameworks.length, 'rule book')}, ${count(
    frameworks.reduce((sum, { controls }) => sum + controls.length, 0),
    'control',
  )}, ${count(checks.length, 'check')}: one look at a device answers for all of them. Controls are told in other words than their owners'.</p></header>
<main>
<section aria-labelledby="books"><h2 id="books">The rule books</h2>
<table><thead><tr><th scope="col">Rule book</th><th scope="col" class="num">Controls</th><th scope="col" class="num">Can be settled</th><th scope="col" class="num">Signed by a person</th></tr></thead><tbody>${frameworks.map(bookRow)}</tbody></table></section>
<section aria-labelledby="matrix"><h2 id="matrix">At a glance</h2>
<p class="soft small">How many controls of each rule book a check can settle (filled) or at least fail (outlined). A settled control may need several checks.</p>
<div class="scroll" role="region" aria-label="checks by rule book" tabindex="0"><table class="matrix"><thead><tr><th scope="col">Check</th>${frameworks.map(({ id, title }) => markup`<th scope="col" title="${title}"><span>${id}</span></th>`)}</tr></thead><tbody>${checks.map(
    (check) =>
      markup`<tr><th scope="row"><a href="#check-${check.id}">${check.id}</a></th>${frameworks.map((framework) => cell(uses.get(check.id)!.find((use) => use.framework === framework)))}</tr>`,
  )}</tbody></table></div></section>
<div class="tools"><fieldset><legend>Show</legend>${[
    ['all', 'all rule books'] as const,
    ...frameworks.map(({ id }) => [id, id] as const),
  ].map(
    ([id, word]) =>
      markup`<label><input type="radio" name="show" id="show-${slug(id)}" ${id === 'all' && trusted('checked')}>${word}</label>`,
  )}</fieldset><label class="find">Find <input type="search" id="find" autocomplete="off"></label><span id="found" role="status" class="soft small"></span></div>
<section aria-labelledby="evidence"><h2 id="evidence" tabindex="-1">By evidence</h2>
${checks.map((check) => checkSection(check, uses.get(check.id)!))}</section>
<section aria-labelledby="controls"><h2 id="controls">By rule book</h2>
${frameworks.map((framework) => bookSection(framework, titles))}</section>
</main>
<footer><p>Made by Assay ${version}. This page is one file, asks the network for nothing and sends nothing.</p></footer>
<script>${trusted(script)}</script></body></html>
`.toString()
}

function usesOf({ id }: Check, frameworks: readonly Framework[]): Use[] {
  return frameworks.flatMap((framework) => {
    const with_ = (role: string) => framework.controls.filter(({ checks }) => checks.some((c) => c.id === id && c.role === role))
    const [settles, fails] = [with_('settles'), with_('can-fail')]
    return settles.length + fails.length === 0 ? [] : [{ framework, settles, fails }]
  })
}

function bookRow(framework: Framework): Html {
  const { id, title, version, publisher, word, controls } = framework
  const settled = controls.filter(({ unseen }) => unseen === undefined).length
  const signed = controls.filter(({ signedBy }) => signedBy !== undefined).length
  return markup`<tr><td><a href="#book-${slug(id)}">${title}</a><small>${version}, ${publisher}</small></td><td class="num" data-l="${word}s">${controls.length}</td><td class="num" data-l="can be settled">${settled}</td><td class="num" data-l="signed by a person">${signed}</td></tr>`
}

function cell(use: Use | undefined): Html {
  if (use === undefined) return markup`<td></td>`
  const { settles, fails } = use
  const [n, role, words] = settles.length > 0 ? [settles.length, 'settles', 'settles'] : [fails.length, 'fails', 'can fail']
  return markup`<td><span class="m ${role}" title="${`${words} ${n} of ${use.framework.title}`}"><span class="off">${words} </span>${n}</span></td>`
}

function checkSection(check: Check, uses: readonly Use[]): Html {
  const settled = uses.filter(({ settles }) => settles.length > 0).length
  const sum = uses.length === 0 ? 'decides none, told all the same' : `${settled} settled with it, ${uses.length} touched`
  return markup`<details class="find-in" id="check-${check.id}" data-f="${uses.map(({ framework }) => framework.id).join(' ')}"><summary><span class="t">${check.title} <small><code>${check.id}</code> · ${check.facet} · ${sum}</small></span></summary>
<div class="body"><p>${sentence(check.looksFor)}</p><dl><dt>A pass needs</dt><dd>${sentence(check.passNeeds)}</dd><dt>To mend it</dt><dd>${remedySteps(check.remedy).map((step, i) => markup`${i > 0 && trusted('<br>')}${step.party !== '' && markup`<strong>${step.party}:</strong> `}${sentence(step.text)}`)}</dd></dl>
${uses.map(
  ({ framework, settles, fails }) =>
    markup`<div data-f="${framework.id}"><h3>${framework.title}</h3>${[
      ['settles', settles] as const,
      ['can fail', fails] as const,
    ].map(
      ([words, of]) =>
        of.length > 0 &&
        markup`<p class="small"><span class="soft">${words}</span> ${of.map((control) => markup`<a class="chip" href="#${anchor(framework, control)}" title="${control.topic}">${control.id}</a> `)}</p>`,
    )}</div>`,
)}</div></details>`
}

function bookSection(framework: Framework, titles: ReadonlyMap<string, string>): Html {
  const blocks = Map.groupBy(framework.controls, (control) => control.block)
  return markup`<details class="book" id="book-${slug(framework.id)}" data-f="${framework.id}"><summary><span class="t">${framework.title} <small>${framework.version} · ${count(framework.controls.length, framework.word)}</small></span></summary>
<div class="body"><p>${framework.about}</p><p class="small"><a href="${framework.source}" rel="noreferrer">${framework.source}</a></p>
${[...blocks].map(
  ([title, controls]) =>
    markup`<section class="block"><h3>${title}</h3><ul class="${controls.some(({ id }) => id.length > 3) && 'long'}">${controls.map((control) => controlItem(framework, control, titles))}</ul></section>`,
)}</div></details>`
}

function controlItem(framework: Framework, control: Control, titles: ReadonlyMap<string, string>): Html {
  const chips = (role: string) =>
    control.checks
      .filter((check) => check.role === role)
      .map(({ id }) => markup`<a class="chip" href="#check-${id}" title="${titles.get(id) ?? id}">${id}</a> `)
  const [settles, fails] = [chips('settles'), chips('can-fail')]
  const level = control.mark ?? (control.level === 'unknown' ? 'level unknown' : control.level)
  return markup`<li class="verdict find-in" id="${anchor(framework, control)}"><span class="no">${control.id}</span><div><strong>${control.topic}</strong>
${control.appliesWhen !== undefined && markup`<p class="soft">Where ${control.appliesWhen}.</p>`}
${settles.length > 0 && markup`<p><span class="soft">Settled by</span> ${settles}</p>`}${fails.length > 0 && markup`<p><span class="soft">Can fail by</span> ${fails}</p>`}
${control.unseen !== undefined && markup`<p><span class="soft">Not seen:</span> ${sentence(control.unseen)}</p>`}${control.beyond !== undefined && markup`<p><span class="soft">Not looked at, even where it passes:</span> ${sentence(control.beyond)}</p>`}
<p><span class="soft">To settle it:</span> ${sentence(control.next)}</p>
<p class="who">${control.responsible} answers · number ${SURE[control.sure]}${control.signedBy !== undefined && ` · signed for by ${control.signedBy}`}</p></div><span class="tag ${control.unseen === undefined ? 'pass' : 'inconclusive'}">${level}</span></li>`
}

const SURE = { H: 'checked', 'M+': 'checked in a group', M: 'from memory' } as const

function anchor(framework: Framework, control: Control): string {
  return `c-${slug(framework.id)}-${slug(control.id)}`
}

/** An id of the page. Numbers of one framework differ in letters, digits and hyphens. */
function slug(text: string): string {
  return text.replace(/[^A-Za-z0-9-]+/g, '_')
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

const extra = `
@media (min-width: 44.01rem) { html { scroll-padding-top: 9rem } }
.body h3 { font: 650 .95rem/1.3 system-ui, sans-serif; margin: 1.1rem 0 .3rem }
.scroll { position: relative } .matrix { width: max-content; font-size: .8rem } .matrix th, .matrix td { padding: .12rem .3rem; border-bottom: 1px solid var(--rule); text-align: center } .matrix td:last-child { min-width: 0 }
.matrix thead th { vertical-align: bottom; height: 8.5rem; padding: 0 .2rem .4rem } .matrix thead span { writing-mode: vertical-rl; transform: rotate(180deg) } .matrix th:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); z-index: 1; white-space: nowrap }
.m { display: inline-block; min-width: 1.5rem; border-radius: 4px; padding: 0 .25rem; border: 1px solid currentColor; font-variant-numeric: tabular-nums } .m.settles { background: var(--pass); color: var(--on); border-color: var(--pass); font-weight: 700 } .m.fails { color: var(--warn) }
.chip { display: inline-block; border: 1px solid var(--rule-strong); border-radius: 99px; padding: 0 .5rem; margin: .1rem 0; font-size: .82rem; text-decoration: none } .chip:hover { background: var(--wash) }
.find { display: none; font-size: .9rem; color: var(--soft) } .js .find { display: inline-block } .find input { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--rule-strong); border-radius: 6px; padding: .15rem .5rem; max-width: 11rem }
.unfound { display: none !important } :target { background: var(--wash) }
@media (max-width: 44rem) { .matrix { display: table } .matrix thead { position: static; width: auto; height: auto; clip-path: none; display: table-header-group } .matrix tbody { display: table-row-group } .matrix tr { display: table-row } .matrix td, .matrix th { display: table-cell } .matrix th:first-child { width: 8.5rem; min-width: 8.5rem; white-space: normal; font-size: .75rem } }
`

/** Opens what a link leads into, and hides what a search does not find. */
const script = `
'use strict';
(function () {
  document.documentElement.classList.add('js');
  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (var at = target; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    target.scrollIntoView();
  }
  addEventListener('hashchange', reveal);
  reveal();
  var all = document.querySelectorAll('.find-in');
  var said = document.getElementById('found');
  document.getElementById('find').addEventListener('input', function () {
    var wanted = this.value.trim().toLowerCase();
    var n = 0;
    all.forEach(function (one) {
      var found = wanted === '' || one.textContent.toLowerCase().indexOf(wanted) >= 0;
      one.classList.toggle('unfound', !found);
      if (found) n++;
    });
    document.querySelectorAll('.book').forEach(function (book) {
      var has = book.querySelector('.find-in:not(.unfound)') !== null;
      book.classList.toggle('unfound', !has);
      book.open = wanted !== '' && has;
    });
    document.querySelectorAll('.block').forEach(function (block) {
      block.classList.toggle('unfound', block.querySelector('.find-in:not(.unfound)') === null);
    });
    said.textContent = wanted === '' ? '' : n + ' found';
  });
})();
`
