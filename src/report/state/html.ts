import { createHash } from 'node:crypto'
import { type Html, markup, trusted, type Value } from '../html/escape.ts'
import { style } from '../html/style.ts'
import { stageTitle } from '../threats.ts'
import { cut } from '../width.ts'
import { clean, moment, number, sentence } from '../words.ts'
import type { State, StateAudit } from './model.ts'
import { headline, hoursWords, largestWords, NO_PROOF, partyWords, trendWords } from './words.ts'

/** The last audits, in the pictures for wide and narrow screens and in the table below. */
const PICTURES = [
  { name: 'wide', width: 900, columns: 26, labels: 9 },
  { name: 'narrow', width: 340, columns: 8, labels: 5 },
] as const
const ROWS = 60

/** The state of one's things as one page that needs nothing else: no script, no network. */
export function renderStateHtml(state: State): string {
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  const title = headline(state)
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<title>Assay: state of your things</title>
<style>${trusted(style)}</style></head>
<body><a class="skip" href="#audits">Skip to the audits</a>
<header class="top"><p class="wordmark"><b>Assay</b> state of your things</p><h1>${title}</h1><p class="lead">${NO_PROOF}</p>${state.missing.length > 0 && markup`<div class="notice"><strong>What this cannot say</strong><ul>${state.missing.slice(0, ROWS).map((text) => markup`<li><bdi>${text}</bdi></li>`)}</ul></div>`}</header>
<main class="state">
${overTime(state)}
${
  state.stages.length > 0 &&
  section(
    'How far it came',
    barTable(
      'Stage',
      ['Signs', 'Things'],
      state.stages.map(({ title, signs, devices }) => ({ name: title, n: signs, cells: [signs, devices] })),
    ),
  )
}
${largest(state)}
${
  state.vectors.length > 0 &&
  section(
    'By which way',
    barTable(
      'Way',
      ['Signs', 'Attempts', 'Things'],
      state.vectors.map(({ title, what, role, signs, attempts, devices }) => ({
        name: `${title}: ${what}${role === 'source' ? ', by the things' : ''}`,
        n: signs,
        cells: [signs, attempts, devices],
      })),
    ),
  )
}
${things(state)}
${parties(state)}
</main>
<footer><p>Made by Assay ${state.tool.version}. This page is one file, asks the network for nothing and sends nothing.</p></footer>
</body></html>
`
  return page.toString()
}

function section(title: string, inside: Value): Html {
  const id = idOf(title)
  return markup`<section aria-labelledby="${id}"><h2 id="${id}" tabindex="-1">${title}</h2>${inside}</section>`
}

function idOf(title: string): string {
  return title.toLowerCase().replace(/[^a-z]+/g, '-')
}

function overTime(state: State): Html {
  const { audits, trend } = state
  if (audits.length === 0) return section('Audits', markup`<p>No report was given.</p>`)
  return section(
    'Audits',
    markup`${audits.length > 1 && chart(audits)}
${trend.length > 0 && markup`<h3>Since the audits before</h3><ul>${trend.map((one) => markup`<li><strong>${one.what}</strong>: ${trendWords(one)}</li>`)}</ul>`}
<table><thead><tr><th scope="col">Audit</th><th scope="col">Traffic</th><th scope="col" class="num">Things</th><th scope="col" class="num">Infected</th><th scope="col">Threats</th></tr></thead><tbody>${audits
      .slice(-ROWS)
      .map(
        (a) =>
          markup`<tr><td><bdi>${a.title}</bdi><small>${a.first === undefined ? 'no time' : `${moment(a.first).slice(0, 16)} UTC`}</small></td><td>${hoursWords(a.hours)}</td><td class="num" data-l="things">${number(a.devices)}</td><td class="num" data-l="infected">${a.looked ? number(a.infected) : '–'}</td><td>${found(a)}</td></tr>`,
      )}</tbody></table>${audits.length > ROWS && markup`<p class="soft small">and ${number(audits.length - ROWS)} before, in the JSON</p>`}`,
  )
}

function found({ looked, severities }: StateAudit): string {
  if (!looked) return 'nobody looked'
  const list = Object.entries(severities).map(([severity, n]) => `${number(n)} ${severity}`)
  return list.length === 0 ? 'no sign' : list.join(', ')
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const

/** A column an audit, its threats by severity upon each other; an audit in which nobody looked is an empty frame. */
function chart(audits: readonly StateAudit[]): Html {
  return markup`<figure>${PICTURES.map((shape) => picture(audits.slice(-shape.columns), shape))}<figcaption class="key">${(['critical', 'high', 'medium', 'low'] as const).map((severity) => markup`<span><svg class="box" viewBox="0 0 10 10" aria-hidden="true"><rect class="${severity}" width="10" height="10"/></svg>${severity === 'low' ? 'low, info' : severity}</span>`)}<span><svg class="box" viewBox="0 0 10 10" aria-hidden="true"><rect class="blind" x="1" y="1" width="8" height="8"/></svg>nobody looked</span></figcaption></figure>`
}

function largest({ largest: one }: State): Html | undefined {
  if (one === undefined) return undefined
  return section(
    'The largest attack',
    markup`<p><strong><bdi>${largestWords(one)}</bdi></strong></p><p><bdi>${sentence(one.says)}</bdi></p><p class="soft small">${moment(one.first)} to ${moment(one.last)} UTC</p>`,
  )
}

function things({ infected, attacked }: State): Html | undefined {
  if (infected.length === 0 && attacked.length === 0) return undefined
  return section(
    'Things',
    markup`${
      infected.length > 0 &&
      markup`<h3>Infected</h3><table><thead><tr><th scope="col">Thing</th><th scope="col">How far</th><th scope="col">Since</th><th scope="col" class="num">Audits</th></tr></thead><tbody>${infected.map(
        ({ name, device, severity, stage, first, audits }) =>
          markup`<tr><td><bdi>${name}</bdi><small><bdi>${device}</bdi></small></td><td>${stageTitle(stage)} <span class="tag sev-${known(severity)}">${severity}</span></td><td>${moment(first)}</td><td class="num" data-l="audits">${number(audits)}</td></tr>`,
      )}</tbody></table>`
    }
${
  attacked.length > 0 &&
  markup`<h3>Attacked most</h3>${barTable(
    'Thing',
    ['Attempts', 'Signs'],
    attacked.map(({ name, signs, attempts }) => ({ name, n: attempts, cells: [attempts, signs] })),
  )}`
}`,
  )
}

function known(severity: string): string {
  return SEVERITIES.find((one) => one === severity) ?? 'info'
}

function parties({ sources, targets, countries, credentials, ports }: State): Html | undefined {
  const tables = [
    part(
      'From where',
      'Who',
      ['Attempts', 'Signs'],
      sources.map((one) => ({ name: partyWords(one), n: one.signs, cells: [one.attempts, one.signs] })),
    ),
    part(
      'To where',
      'Whom',
      ['Attempts', 'Signs'],
      targets.map((one) => ({ name: partyWords(one), n: one.signs, cells: [one.attempts, one.signs] })),
    ),
    part(
      'Countries',
      'Where addresses are registered',
      ['Sources', 'Targets'],
      countries.map((one) => ({ name: one.country, n: one.sources + one.targets, cells: [one.sources, one.targets] })),
    ),
    part(
      'Ports asked',
      'Port',
      ['Attempts', 'Things'],
      ports.map((one) => ({ name: `port ${one.port}`, n: one.signs, cells: [one.attempts, one.devices] })),
    ),
    part(
      'Log-ins tried, masked',
      'Log-in',
      ['Times', 'Things'],
      credentials.map((one) => ({ name: one.value, n: one.signs, cells: [one.signs, one.devices] })),
    ),
  ].filter((one) => one !== undefined)
  return tables.length === 0 ? undefined : section('Who, and what they tried', markup`<div class="pair">${tables}</div>`)
}

interface Bar {
  name: string
  n: number
  cells: readonly number[]
}

function part(title: string, head: string, heads: readonly string[], bars: readonly Bar[]): Html | undefined {
  return bars.length === 0
    ? undefined
    : markup`<section aria-label="${title}"><h3>${title}</h3>${barTable(head, heads, bars)}</section>`
}

/** Figures as a table, with a bar for the eye: the numbers stand beside it. */
function barTable(head: string, heads: readonly string[], bars: readonly Bar[]): Html {
  const top = Math.max(...bars.map(({ n }) => n), 1)
  return markup`<table><thead><tr><th scope="col">${head}</th>${heads.map((one) => markup`<th scope="col" class="num">${one}</th>`)}</tr></thead><tbody>${bars.map(
    ({ name, n, cells }) =>
      markup`<tr><td><bdi>${name}</bdi><svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="6"/><rect width="${round((n / top) * 100)}" height="6"/></svg></td>${cells.map((one, i) => markup`<td class="num" data-l="${heads[i]!.toLowerCase()}">${number(one)}</td>`)}</tr>`,
  )}</tbody></table>`
}

function round(n: number): number {
  return Math.round(n * 10) / 10
}

/** Height of the tallest column. */
const HIGH = 120

function picture(audits: readonly StateAudit[], { name, width, labels }: (typeof PICTURES)[number]): Html {
  const total = (a: StateAudit) => Object.values(a.severities).reduce((sum, n) => sum + n, 0)
  const top = Math.max(...audits.map(total), 1)
  const step = width / Math.max(audits.length, 4)
  const wide = Math.min(56, step * 0.6)
  const day = (a: StateAudit) => (a.first === undefined ? '' : moment(a.first).slice(0, 10))
  const words = `Threats by audit: ${audits.map((a) => `${day(a) || cut(clean(a.title), 20)}: ${found(a)}`).join('; ')}`
  const every = Math.ceil(audits.length / labels)
  return markup`<svg class="chart ${name}" viewBox="0 0 ${width} ${HIGH + 46}" role="img" aria-label="${words}" font-size="13">${audits.map(
    (a, i) => {
      const x = i * step + (step - wide) / 2
      const middle = round(x + wide / 2)
      const date = i % every === 0 && markup`<text x="${middle}" y="${HIGH + 38}" text-anchor="middle">${day(a).slice(5)}</text>`
      if (!a.looked)
        return markup`<rect class="blind" x="${round(x)}" y="${HIGH - 12}" width="${round(wide)}" height="30"/>${date}`
      let y = HIGH + 18
      const boxes = SEVERITIES.toReversed().map((severity) => {
        const height = ((a.severities[severity] ?? 0) / top) * HIGH
        y -= height
        return (
          height > 0 &&
          markup`<rect class="${severity}" x="${round(x)}" y="${round(y)}" width="${round(wide)}" height="${round(height)}"/>`
        )
      })
      return markup`${boxes}<text x="${middle}" y="${round(y - 5)}" text-anchor="middle">${total(a)}</text>${date}`
    },
  )}<line class="base" x1="0" y1="${HIGH + 18}" x2="${width}" y2="${HIGH + 18}"/></svg>`
}
