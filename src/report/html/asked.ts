import { askedLine, ENDED, endedLine, STOPPED, tellingEntries, type AskedEntry } from '../asked.ts'
import type { Audit } from '../model.ts'
import { clean, count, moment, number } from '../words.ts'
import { type Html, markup } from './escape.ts'

/** Questions that are told word for word: the JSON report has all. */
const MOST = 300
const TARGETS = 64

/** A question by its number, with a link to where it is told word for word. */
export function questionLink(audit: Audit, probe: number, n: number): Html {
  return toldOf(audit).has(anchorOf(probe, n))
    ? markup`<a href="#${anchorOf(probe, n)}">question ${n}</a>`
    : markup`question ${n}`
}

function anchorOf(probe: number, n: number): string {
  return `question-${probe + 1}-${n}`
}

const told = new WeakMap<Audit, ReadonlySet<string>>()

function toldOf(audit: Audit): ReadonlySet<string> {
  let anchors = told.get(audit)
  if (anchors === undefined) {
    anchors = new Set([...tellingEntries(audit, MOST)].flatMap(([probe, entries]) => entries.map(({ n }) => anchorOf(probe, n))))
    told.set(audit, anchors)
  }
  return anchors
}

/** What was asked of devices and makers: how it went, and word for word what findings rest on. */
export function whatWasAsked(audit: Audit): Html | undefined {
  const { probes = [] } = audit
  if (probes.length === 0) return undefined
  const telling = tellingEntries(audit, MOST)
  return markup`<section aria-labelledby="asked"><h2 id="asked">What was asked</h2>
<p>Only those named were asked, and nothing of theirs was changed. Every question is written down: those that findings rest on are here, all of them in the JSON report.</p>${probes.map(
    (probe, i) => {
      const whom = [...probe.targets.map(({ ip, name, mac }) => [name, ip, mac].filter(Boolean).join(', ')), ...probe.sites]
      const entries = telling.get(i) ?? []
      return markup`<h3>${askedLine(probe)}</h3>${probe.stopped && markup`<p class="notice">${STOPPED}</p>`}<dl><dt>Asked</dt><dd>${whom
        .slice(0, TARGETS)
        .map(
          (one, k) => markup`${k > 0 && ' · '}<bdi>${one}</bdi>`,
        )}${whom.length > TARGETS && ` and ${number(whom.length - TARGETS)} more`}</dd><dt>Ended</dt><dd>${endedLine(probe)}</dd></dl>
${entries.length > 0 && markup`<h4>${count(entries.length, 'question')} that findings rest on</h4>${entries.map((entry) => question(entry, anchorOf(i, entry.n)))}`}`
    },
  )}</section>`
}

function question(entry: AskedEntry, id: string): Html {
  const { n, at, transport, ip, port, why, ms, ended, reason, sent, received, said, more } = entry
  return markup`<details id="${id}"><summary><span class="t"><bdi>${transport}/${port}</bdi>: <bdi>${why}</bdi> <small>question ${n}, ${ENDED[ended]}</small></span></summary><div class="body">
<p class="soft small"><bdi>${ip}</bdi> at ${moment(at)} UTC, ${number(ms)} ms; ${number(sent)} bytes sent, ${number(received)} received${reason !== undefined && markup`; <bdi>${clean(reason)}</bdi>`}</p>
${said.length > 0 && markup`<dl>${said.map((one) => markup`<dt>${one.by === 'us' ? 'Assay' : 'It'}</dt><dd><code><bdi>${one.text}</bdi></code></dd>`)}</dl>`}${more !== undefined && markup`<p class="soft small">and ${count(more, 'piece')} more</p>`}</div></details>`
}
