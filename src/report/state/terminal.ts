import { stageTitle } from '../threats.ts'
import { Page } from '../terminal/page.ts'
import { cut, pad, width as columns } from '../width.ts'
import { clean, count, moment, number, sentence } from '../words.ts'
import type { State } from './model.ts'
import { headline, hoursWords, largestWords, NO_PROOF, partyWords, trendWords } from './words.ts'

/** Lines of a list. */
const LINES = 8
const BARS = 12

/** The state of one's things for a person at a terminal. */
export function renderStateTerminal(state: State, options: { colour: boolean; width: number }): string {
  const page = new Page(Math.max(40, options.width), options.colour)
  const { c } = page
  page.line(['Assay ', c.bold], [state.tool.version, c.dim], ['  state of your things'])
  page.blank()
  page.fold([['  ']], headline(state), c.bold)
  page.fold([['  ']], NO_PROOF, c.dim)
  list(
    page,
    'What this cannot say',
    state.missing.map((text) => [text, '']),
  )
  audits(page, state)
  list(
    page,
    'Since the audits before',
    state.trend.map((one) => [`${one.what}: ${trendWords(one)}`, '']),
  )
  bars(
    page,
    'By stage',
    state.stages.map(({ title, signs, devices }) => [title, signs, `${count(signs, 'sign')}, ${things(devices)}`]),
  )
  bars(
    page,
    'By way',
    state.vectors.map(({ title, what, role, signs, devices }) => [
      `${title}: ${what}${role === 'source' ? ' (by the things)' : ''}`,
      signs,
      `${count(signs, 'sign')}, ${things(devices)}`,
    ]),
  )
  const { largest } = state
  list(
    page,
    'The largest attack',
    largest === undefined
      ? []
      : [
          [largestWords(largest), `${moment(largest.first)} UTC`],
          [sentence(largest.says), ''],
        ],
  )
  list(
    page,
    'Infected',
    state.infected.map(({ name, severity, stage, audits, first }) => [
      `${name}: ${stageTitle(stage).toLowerCase()} (${severity}), since ${moment(first)}`,
      audits > 1 ? `in ${count(audits, 'audit')}` : '',
    ]),
  )
  list(
    page,
    'Attacked most',
    state.attacked.map(({ name, signs, attempts }) => [name, `${count(signs, 'sign')}, ${count(attempts, 'attempt')}`]),
  )
  list(
    page,
    'From where',
    state.sources.map((one) => [partyWords(one), tries(one)]),
  )
  list(
    page,
    'To where',
    state.targets.map((one) => [partyWords(one), tries(one)]),
  )
  list(
    page,
    'Countries (where addresses are registered)',
    state.countries.map(({ country, sources, targets }) => [
      country,
      [sources > 0 ? count(sources, 'source') : '', targets > 0 ? count(targets, 'target') : ''].filter(Boolean).join(', '),
    ]),
  )
  list(
    page,
    'Log-ins tried (masked)',
    state.credentials.map(({ value, signs, devices }) => [value, `${count(signs, 'time')}, ${things(devices)}`]),
  )
  list(
    page,
    'Ports asked',
    state.ports.map(({ port, signs, attempts }) => [`port ${port}`, `${count(signs, 'sign')}, ${count(attempts, 'attempt')}`]),
  )
  return page.text()
}

function audits(page: Page, { audits: all }: State): void {
  list(
    page,
    'Audits',
    all.map(({ title, first, hours, looked, severities, infected }) => {
      const found = Object.entries(severities).map(([severity, n]) => `${number(n)} ${severity}`)
      const said = looked ? (found.length === 0 ? 'no sign' : found.join(', ')) : 'nobody looked'
      return [
        `${first === undefined ? '' : `${moment(first).slice(0, 16)}  `}${title}`,
        `${hoursWords(hours)}: ${said}${infected > 0 ? `; ${number(infected)} infected` : ''}`,
      ]
    }),
    24,
  )
}

/** Lines of a text and what stands behind it; nothing where there are none. */
function list(page: Page, head: string, lines: readonly (readonly [text: string, behind: string])[], most = LINES): void {
  if (lines.length === 0) return
  page.heading(head)
  for (const [text, behind] of lines.slice(0, most)) page.fold([['  ']], behind === '' ? text : `${text}  (${behind})`)
  if (lines.length > most) page.line([`  and ${number(lines.length - most)} more: --json`, page.c.dim])
}

/** The same with a bar for the figure. */
function bars(page: Page, head: string, lines: readonly (readonly [text: string, n: number, words: string])[]): void {
  if (lines.length === 0) return
  page.heading(head)
  const shown = lines.slice(0, BARS)
  const top = Math.max(...shown.map(([, n]) => n), 1)
  const name = Math.min(34, Math.max(...shown.map(([text]) => columns(clean(text)))), page.width - 28)
  const words = Math.max(...shown.map(([, , text]) => columns(text)))
  const room = Math.max(4, Math.min(24, page.width - name - words - 7))
  for (const [text, n, said] of shown)
    page.line(
      ['  '],
      [pad(cut(clean(text), name), name)],
      ['  '],
      [pad('█'.repeat(Math.max(1, Math.round((n / top) * room))), room), page.c.cyan],
      ['  '],
      [said],
    )
  if (lines.length > BARS) page.line([`  and ${number(lines.length - BARS)} more: --json`, page.c.dim])
}

function tries({ signs, attempts }: { signs: number; attempts: number }): string {
  return attempts === 0 ? count(signs, 'sign') : `${count(signs, 'sign')}, ${count(attempts, 'attempt')}`
}

function things(n: number): string {
  return count(n, 'thing')
}
