import { frameList, wiresharkFilter } from '../frames.ts'
import type { Audit, AuditThreat, ThreatStep } from '../model.ts'
import { framesOf } from '../pointers.ts'
import {
  countThreats,
  indicatorsOf,
  indicatorWords,
  isGrave,
  looked,
  silence,
  stagesLine,
  stagesOf,
  stageTitle,
  sureness,
  techniquesOf,
  threatened,
  timeLine,
  whereabouts,
} from '../threats.ts'
import { captureName, count, duration, moment, number, sentence } from '../words.ts'
import { type Html, markup } from './escape.ts'

/** What of them is shown: the JSON has all. */
const MOST = { full: 60, named: 300, steps: 40, indicators: 40, evidence: 4, related: 8 }

/** Signs of attack and infection, gravest first: each with its stages, its timeline, and what to do. `full`: devices that the page tells of. */
export function threats(audit: Audit, full: number): Html | undefined {
  const all = audit.threats ?? []
  if (all.length === 0) return undefined
  const told = fullOf(audit)
  const rest = all.slice(told.length, told.length + MOST.named)
  const left = all.length - told.length - rest.length
  return markup`<section class="${all.some(isGrave) && 'threats'}" aria-labelledby="threats"><h2 id="threats">Signs of attack: ${countThreats(all)}</h2>
${told.map((threat, i) => oneThreat(audit, threat, anchor(i), full))}
${rest.map((threat) => markup`<p class="less"><span class="tag sev-${threat.severity}">${threat.severity}</span> <bdi>${threatened(audit, threat)}</bdi>: ${threat.title}</p>`)}
${left > 0 && markup`<p class="soft">and ${number(left)} more, in the JSON report</p>`}
<p class="soft small">${looked(audit.detectors ?? [])} That nothing else was found is no proof that there is nothing else.</p></section>`
}

/** That nothing was found, and what that is worth. */
export function quiet(audit: Audit): Html | undefined {
  const words = silence(audit)
  return words === undefined ? undefined : markup`<p class="lead">${words}</p>`
}

/** Where a threat is told of. */
export function threatLink(audit: Audit, threat: AuditThreat): Html {
  const at = fullOf(audit).indexOf(threat)
  const words = `what was seen, and what to do`
  return at < 0 ? markup`<a href="#threats">${words}</a>` : markup`<a href="#${anchor(at)}">${words}</a>`
}

function fullOf({ threats = [] }: Audit): readonly AuditThreat[] {
  return threats.slice(0, MOST.full)
}

function anchor(i: number): string {
  return `threat-${i + 1}`
}

function oneThreat(audit: Audit, threat: AuditThreat, id: string, full: number): Html {
  const at = audit.devices.findIndex((d) => d.id === threat.device)
  const name = markup`<bdi>${threatened(audit, threat)}</bdi>`
  const indicators = indicatorsOf(threat)
  const related = (threat.related ?? []).map((other) => audit.threats!.findIndex((t) => t.id === other)).filter((i) => i >= 0)
  const techniques = techniquesOf(threat.steps)
  const inside = markup`<p class="soft small"><bdi>${whereabouts(audit, threat)}</bdi>. ${timeLine(threat)} ${count(threat.steps.length, 'sign')}, ${sureness(threat.confidence)}.</p>
${stageBar(threat, id)}
<p class="small soft">${stagesLine(threat)}</p>
<h4>What to do now</h4><ol class="now">${threat.actions.map(({ title, text }) => markup`<li><strong>${title}.</strong> ${sentence(text)}</li>`)}</ol>
<h4>What was seen</h4><ol class="steps">${threat.steps.slice(0, MOST.steps).map((step) => oneStep(audit, step))}</ol>${
    threat.steps.length > MOST.steps &&
    markup`<p class="soft small">and ${number(threat.steps.length - MOST.steps)} more, in the JSON report</p>`
  }
<dl>${indicators.length > 0 && markup`<dt>Warn others of</dt><dd>${indicators.slice(0, MOST.indicators).map((one, i) => markup`${i > 0 && ' · '}<bdi>${indicatorWords(one)}</bdi>`)}${indicators.length > MOST.indicators && ` and ${number(indicators.length - MOST.indicators)} more`}</dd>`}
${techniques.length > 0 && markup`<dt>MITRE ATT&amp;CK</dt><dd>${techniques.map((one, i) => markup`${i > 0 && ' · '}<bdi>${one}</bdi>`)}</dd>`}
${related.length > 0 && markup`<dt>Belongs with</dt><dd>${related.slice(0, MOST.related).map((i, k) => markup`${k > 0 && ' · '}${i < MOST.full ? markup`<a href="#${anchor(i)}"><bdi>${threatened(audit, audit.threats![i]!)}</bdi></a>` : markup`<bdi>${threatened(audit, audit.threats![i]!)}</bdi>`}`)}</dd>`}
<dt>Threat</dt><dd><code>${threat.id}</code></dd></dl>`
  const head = markup`<span class="tag sev-${threat.severity}">${threat.severity}</span> ${name}: <bdi>${threat.title}</bdi>`
  const device = at >= 0 && at < full && markup`<p class="small"><a href="#device-${at + 1}">All that was found of it</a></p>`
  return isGrave(threat)
    ? markup`<article class="threat sev-${threat.severity}" id="${id}" aria-labelledby="${id}-name"><h3 id="${id}-name">${head}</h3>${device}${inside}</article>`
    : markup`<details class="sev-${threat.severity}" id="${id}"><summary><span class="t">${head}</span></summary><div class="body">${device}${inside}</div></details>`
}

function oneStep(audit: Audit, step: ThreatStep): Html {
  const late = duration(step.first, step.alerted)
  const sure = late === '' || late === '0 ms' ? 'sure at once' : `sure ${late} later`
  return markup`<li><time datetime="${step.first}" title="${moment(step.first)} UTC">${moment(step.first).slice(11)}</time><div><p><strong>${stageTitle(step.stage)}</strong> <span class="tag sev-${step.severity}">${step.severity}</span> <span class="soft small">${sureness(step.confidence)}, ${sure}${step.last === step.first ? '' : `, until ${moment(step.last).slice(11)}`}</span></p>
<p><bdi>${sentence(step.says)}</bdi></p>${framesOf(step.evidence)
    .slice(0, MOST.evidence)
    .map(
      (e) =>
        markup`<p class="small"><bdi>${captureName(audit, e.capture)}</bdi>, ${frameList(e.frames)}: <code>${wiresharkFilter(e.frames)}</code> <button type="button" class="copy">Copy</button></p>`,
    )}</div></li>`
}

/** The stages from 'looked for' to 'attacks' as a picture: on wide screens in a row, on narrow ones below each other. */
function stageBar(threat: AuditThreat, id: string): Html | undefined {
  const stages = stagesOf(threat)
  // of one alone the words say all
  if (stages.length < 2) return undefined
  const words = `Stages. ${stagesLine(threat)}`
  const step = 112
  const row = 30
  const dot = ({ reached }: { reached: boolean }, x: number, y: number) =>
    markup`<circle cx="${x}" cy="${y}" r="9"/>${reached && markup`<path d="M${x - 4} ${y}l3 3.5l5 -7"/>`}`
  return markup`<svg class="stages wide" viewBox="0 0 ${step * 8} 62" role="img" aria-labelledby="${id}-stages-wide" font-size="12.5"><title id="${id}-stages-wide">${words}</title>${stages
    .slice(1)
    .map((s, i) => {
      const on = s.reached && stages[i]!.reached
      return markup`<line class="${on && 'on'}" x1="${(i + 0.5) * step + 12}" y1="14" x2="${(i + 1.5) * step - 12}" y2="14"/>`
    })}${stages.map((s, i) => {
    const x = (i + 0.5) * step
    return markup`<g class="${s.reached && 'seen'}">${dot(s, x, 14)}${twoLines(s.title).map((line, k) => markup`<text x="${x}" y="${42 + k * 15}" text-anchor="middle">${line}</text>`)}</g>`
  })}</svg><svg class="stages narrow" viewBox="0 0 300 ${stages.length * row}" role="img" aria-labelledby="${id}-stages-narrow" font-size="14"><title id="${id}-stages-narrow">${words}</title>${stages
    .slice(1)
    .map((s, i) => {
      const on = s.reached && stages[i]!.reached
      return markup`<line class="${on && 'on'}" x1="14" y1="${(i + 0.5) * row + 10}" x2="14" y2="${(i + 1.5) * row - 10}"/>`
    })}${stages.map((s, i) => {
    const y = (i + 0.5) * row
    return markup`<g class="${s.reached && 'seen'}">${dot(s, 14, y)}<text x="34" y="${y + 5}">${s.title}</text></g>`
  })}</svg>`
}

/** A label under a dot: what has two words or more takes two lines. */
function twoLines(text: string): string[] {
  const words = text.split(' ')
  const first = Math.ceil(words.length / 2)
  return [words.slice(0, first).join(' '), words.slice(first).join(' ')].filter((line) => line !== '')
}
