import { frameList, wiresharkFilter } from '../frames.ts'
import type { Audit, AuditDevice, AuditEndpoint, AuditEvidence, AuditFinding, AuditObservation, AuditVerdict } from '../model.ts'
import { observationTitles } from '../observations.ts'
import {
  OUTCOMES,
  addresses,
  bySeverity,
  captureName,
  clean,
  count,
  countControls,
  deviceKind,
  deviceName,
  duration,
  gradeLine,
  moment,
  number,
  outcomeWord,
  percent,
  remedySteps,
  responsibleFor,
  sentence,
  size,
  tally,
  evidenceWords,
  evidenceLines,
  entryWords,
} from '../words.ts'
import { questionLink } from './asked.ts'
import { type Html, markup, trusted } from './escape.ts'
import { isGrave, threatsBehind, threatsTo } from '../threats.ts'
import { threatLink } from './threats.ts'
import { trafficBars } from './traffic.ts'

/** What of a list is shown: the page must open with a thousand devices; the JSON has all of it. */
const MOST = {
  findings: 60,
  endpoints: 40,
  services: 40,
  observations: 15,
  signals: 20,
  kinds: 40,
  evidence: 8,
  addresses: 8,
  characters: 240,
}

/** One device in full. `id` is the anchor. */
export function deviceSection(audit: Audit, device: AuditDevice, id: string): Html {
  return markup`<article class="device" id="${id}" aria-labelledby="${id}-name">
<header>${tile(device, 'big')}<div><h3 id="${id}-name"><bdi>${deviceName(device)}</bdi></h3>
<div class="soft"><bdi>${deviceKind(device)}</bdi></div>
<p class="addr">${addresses(device)
    .slice(0, MOST.addresses)
    .map(
      (a, i) => markup`${i > 0 && ' · '}<code>${a}</code>`,
    )}${more(device.ips.length + device.macs.length, MOST.addresses)}</p></div></header>
${threatsTo(audit, device).map((threat) => markup`<p class="${isGrave(threat) ? 'notice small' : 'small'}"><strong><bdi>${threat.title}</bdi></strong> (${threat.severity}): ${threatLink(audit, threat)}</p>`)}
<p class="why"><bdi>${gradeLine(audit, device.grade)}</bdi></p>
${audit.frameworks.map((framework) => strip(framework, device))}
${trafficBars(device)}
<p class="soft small">${device.packets === 0 ? 'Nothing of it was seen in traffic: what is known of it, it answered when it was asked.' : markup`${count(device.packets, 'packet')}, ${size(device.bytesOut)} out, ${size(device.bytesIn)} in, from ${moment(device.first)} to ${moment(device.last)} UTC${span(device)}`}</p>
${findings(audit, device, id)}
<h4>Everything else</h4>
${audit.frameworks.map((framework) => verdicts(framework, device, id))}
${identity(audit, device)}
${endpoints(audit, device)}
${services(audit, device)}
${observations(audit, device)}
</article>`
}

export function tile(device: AuditDevice, size = ''): Html {
  const { letter } = device.grade
  return markup`<span class="tile g${letter ?? '0'} ${size}"><span class="off">${letter === null ? 'no grade' : 'grade '}</span>${letter ?? '–'}</span>`
}

function span(device: AuditDevice): string {
  const text = duration(device.first, device.last)
  return text === '' ? '' : ` (${text})`
}

type Framework = Audit['frameworks'][number]

function blocksOf(framework: Framework, device: AuditDevice): { title: string; verdicts: AuditVerdict[] }[] {
  const of = device.verdicts.filter((v) => v.framework === framework.id)
  if (!framework.blocks) return [{ title: framework.title, verdicts: of }]
  return framework.blocks.map(({ title, controls }) => ({ title, verdicts: of.filter((v) => controls.includes(v.control)) }))
}

/** Every control as a small square; to a screen reader, the sums. */
function strip(framework: Framework, device: AuditDevice): Html {
  const blocks = blocksOf(framework, device)
  const sums = tally(blocks.flatMap((b) => b.verdicts))
  const words = OUTCOMES.filter((o) => sums[o] > 0)
    .map((o) => `${sums[o]} ${outcomeWord[o]}`)
    .join(', ')
  return markup`<div class="strip" role="img" aria-label="${`${framework.title} ${framework.version}: ${words}`}">${blocks.map(
    (b) =>
      markup`<span>${b.verdicts.map((v) => markup`<span class="c ${v.outcome}" title="${`${v.control}. ${v.title}: ${outcomeWord[v.outcome]}`}">${v.control}</span>`)}</span>`,
  )}</div><p class="soft small">${framework.title} ${framework.version}: ${words}</p>`
}

function findings(audit: Audit, device: AuditDevice, id: string): Html {
  const sorted = bySeverity(device.findings).slice(0, MOST.findings)
  const group = (outcome: AuditFinding['outcome']) => sorted.filter((f) => f.outcome === outcome)
  const numbered = new Map(sorted.map((f, i) => [f, `${id}-f${i + 1}`]))
  const one = (f: AuditFinding) => oneFinding(audit, device, f, numbered.get(f)!)
  const bad = [...group('fail'), ...group('warn'), ...group('error')]
  return markup`<h4>What was found</h4>
${bad.length === 0 && markup`<p class="soft">Nothing failed, and nothing to warn of${device.grade.settled === 0 && ', but nothing was settled either: silence is not a pass'}.</p>`}
${bad.map(one)}
${(['pass', 'inconclusive', 'not-applicable'] as const).map((outcome) => {
  const of = group(outcome)
  return (
    of.length > 0 &&
    markup`<details class="group" data-o="${outcome}"><summary><span class="t">${GROUP[outcome](of.length)}</span></summary><div class="body">${of.map(one)}</div></details>`
  )
})}
${device.findings.length > MOST.findings && markup`<p class="soft">and ${number(device.findings.length - MOST.findings)} more findings, in the JSON report</p>`}`
}

const GROUP = {
  pass: (n: number) => `${count(n, 'check')} passed`,
  inconclusive: (n: number) => `${count(n, 'check')} not settled`,
  'not-applicable': (n: number) => `${count(n, 'check')} not applicable`,
}

function oneFinding(audit: Audit, device: AuditDevice, f: AuditFinding, anchor: string): Html {
  const grave = f.outcome === 'fail' || f.outcome === 'warn'
  return markup`<details id="${anchor}" data-o="${f.outcome}"><summary><span class="tag ${f.outcome}">${outcomeWord[f.outcome]}${grave && ` · ${f.severity}`}</span><span class="t"><bdi>${f.title}</bdi>${f.about && markup` <small><bdi>${f.about}</bdi></small>`}</span></summary>
<div class="body"><p><bdi>${sentence(f.reason)}</bdi></p>
<dl>${grave && markup`<dt>To mend it</dt><dd>${remedySteps(f.remedy).map((step, i) => markup`${i > 0 && trusted('<br>')}${step.party !== '' && markup`<strong>${step.party}:</strong> `}<bdi>${sentence(step.text)}</bdi>`)}</dd><dt>Answers for it</dt><dd>${responsibleFor(device, f) ?? 'maker'}</dd>`}${f.next !== undefined && markup`<dt>To settle it</dt><dd><bdi>${sentence(f.next)}</bdi></dd>`}
<dt>How we know</dt><dd>${f.assurance === 'none' ? 'not seen' : f.assurance} · ${f.facet}</dd>
${f.evidence.length > 0 && markup`<dt>Evidence</dt><dd>${evidence(audit, f.evidence)}</dd>`}
${threatsBehind(audit, device, f).map((threat) => markup`<dt>Part of</dt><dd>${threatLink(audit, threat)}</dd>`)}
<dt>Finding</dt><dd><code>${f.id}</code></dd></dl></div></details>`
}

/** Where to look: the capture's name, the frames, and the display filter that shows them. */
function evidence(audit: Audit, list: readonly AuditEvidence[]): Html {
  return markup`<ul class="ev">${list.slice(0, MOST.evidence).map((e) => ('frames' in e ? markup`<li><bdi>${captureName(audit, e.capture)}</bdi>, ${frameList(e.frames)}<br><code>${wiresharkFilter(e.frames)}</code> <button type="button" class="copy">Copy</button></li>` : 'entries' in e ? e.entries.slice(0, MOST.evidence).map((n) => markup`<li>${questionLink(audit, e.probe, n)}: <bdi>${entryWords(audit, e.probe, n)}</bdi></li>`) : evidenceLines(audit, e).map((line) => markup`<li><bdi>${line}</bdi></li>`)))}</ul>${more(list.length, MOST.evidence)}`
}

/** The same, small: for a table's cell. */
function frames(audit: Audit, list: readonly AuditEvidence[]): Html {
  return markup`${list.slice(0, 2).map((e) => ('frames' in e ? markup`<small>${audit.captures.length > 1 && markup`<bdi>${captureName(audit, e.capture)}</bdi> `}${frameList(e.frames, 3)}</small>` : markup`<small><bdi>${evidenceWords(audit, e)}</bdi></small>`))}`
}

function verdicts(framework: Framework, device: AuditDevice, id: string): Html {
  const anchors = new Map(
    bySeverity(device.findings)
      .slice(0, MOST.findings)
      .map((f, i) => [f.id, { anchor: `${id}-f${i + 1}`, title: f.about ? `${f.title}, ${f.about}` : f.title }]),
  )
  const blocks = blocksOf(framework, device).filter((b) => b.verdicts.length > 0)
  const sum = blocks.reduce((n, b) => n + b.verdicts.length, 0)
  return markup`<details class="verdicts"><summary><span class="t">The ${countControls(framework, sum)} <small>${framework.title} ${framework.version}</small></span></summary><div class="body">
${blocks.map(
  (b) =>
    markup`<section class="block"><h5>${b.title}</h5><ul class="${b.verdicts.some((v) => v.control.length > 3) && 'long'}">${b.verdicts.map(
      (v) => markup`<li class="verdict" data-o="${v.outcome}"><span class="no">${v.control}</span><div><strong>${v.title}</strong>
<p><bdi>${sentence(v.reason)}</bdi></p>${v.next !== undefined && markup`<p><span class="soft">Next:</span> <bdi>${sentence(v.next)}</bdi></p>`}
<p class="who">${v.assurance === 'none' ? 'no evidence' : v.assurance} · responsible: ${v.responsible}${v.findings
        .slice(0, 6)
        .map((f) => {
          const at = anchors.get(f)
          return at && markup` · <a href="#${at.anchor}"><bdi>${at.title}</bdi></a>`
        })}${more(v.findings.length, 6)}</p></div><span class="tag ${v.outcome}">${outcomeWord[v.outcome]}</span></li>`,
    )}</ul></section>`,
)}</div></details>`
}

function identity(audit: Audit, device: AuditDevice): Html | undefined {
  const { vendor, model, category, name, confidence, certainty, signals } = device.identity
  const facts = [
    ['Name', name],
    ['Vendor', vendor, certainty?.vendor],
    ['Model', model, certainty?.model],
    ['Category', category, certainty?.category],
  ] as const
  return markup`<details><summary><span class="t">What it is, and why we think so <small>${signals.length === 0 ? 'no signals' : `confidence ${percent(confidence)}`}</small></span></summary><div class="body">
${markup`<dl>${facts.map(([k, v, sure]) => v !== undefined && markup`<dt>${k}</dt><dd><bdi>${v}</bdi>${sure !== undefined && markup` <small>${percent(sure)}</small>`}</dd>`)}</dl>`}
${
  signals.length === 0
    ? markup`<p>Nothing in the traffic says what this is.</p>`
    : markup`<table><thead><tr><th scope="col">Signal</th><th scope="col">Says</th><th scope="col">Weight</th><th scope="col">Where</th></tr></thead><tbody>${[
        ...signals,
      ]
        .sort((a, b) => b.weight - a.weight)
        .slice(0, MOST.signals)
        .map(
          (s) =>
            markup`<tr><td><bdi>${s.kind}</bdi><small><bdi>${short(s.value)}</bdi></small></td><td><bdi>${s.says}</bdi></td><td>${gauge(s.weight, 'weight')} ${percent(s.weight)}</td><td>${frames(audit, s.evidence)}</td></tr>`,
        )}</tbody></table>${more(signals.length, MOST.signals)}`
}</div></details>`
}

const SCOPES = [
  ['internet', 'On the Internet'],
  ['local', 'On the local network'],
  ['multicast', 'Multicast and broadcast'],
] as const

function endpoints(audit: Audit, device: AuditDevice): Html | undefined {
  if (device.endpoints.length === 0) return undefined
  const outside = device.endpoints.filter((e) => e.scope === 'internet').length
  return markup`<details><summary><span class="t">Whom it talks to <small>${number(outside)} on the Internet, ${number(device.endpoints.length - outside)} local</small></span></summary><div class="body">${SCOPES.map(
    ([scope, title]) => {
      const of = device.endpoints.filter((e) => e.scope === scope).sort((a, b) => b.bytesOut + b.bytesIn - a.bytesOut - a.bytesIn)
      return (
        of.length > 0 &&
        markup`<h5>${title}</h5><table><thead><tr><th scope="col">Whom</th><th scope="col">How</th><th scope="col" class="num">Out</th><th scope="col" class="num">In</th><th scope="col">Where</th></tr></thead><tbody>${of
          .slice(0, MOST.endpoints)
          .map((e) => endpointRow(audit, e))}</tbody></table>${more(of.length, MOST.endpoints)}`
      )
    },
  )}</div></details>`
}

function endpointRow(audit: Audit, e: AuditEndpoint): Html {
  const whom = e.overflow ? 'others, folded together' : (e.name ?? e.ip ?? 'unknown')
  const aside = [
    e.name !== undefined && e.ip,
    e.country,
    e.thirdParty && `${e.thirdParty.company}${e.thirdParty.tracker ? ', tracker' : ''} (${e.thirdParty.category})`,
    e.initiator === 'peer' && 'it was contacted',
  ]
    .filter(Boolean)
    .join(' · ')
  const ports = e.transport === 'tcp' || e.transport === 'udp'
  return markup`<tr><td><bdi>${short(whom)}</bdi>${aside && markup`<small><bdi>${short(aside)}</bdi></small>`}</td><td><bdi>${short(e.protocol || (ports ? 'no data' : ''))}</bdi> ${ports ? `${e.transport}/${e.port}` : e.transport}<small class="prot-${e.protection}">${PROTECTION[e.protection]}</small></td><td class="num" data-l="out">${size(e.bytesOut)}</td><td class="num" data-l="in">${size(e.bytesIn)}</td><td>${frames(audit, e.evidence)}</td></tr>`
}

const PROTECTION: Record<AuditEndpoint['protection'], string> = {
  encrypted: 'encrypted',
  broken: 'encryption that protects nothing',
  clear: 'in clear',
  unknown: 'protection unknown',
}

function services(audit: Audit, device: AuditDevice): Html | undefined {
  if (device.services.length === 0) return undefined
  return markup`<details><summary><span class="t">What it offers <small>${count(device.services.length, 'service')}</small></span></summary><div class="body"><table><thead><tr><th scope="col">Service</th><th scope="col">Reached from</th><th scope="col" class="num">Answered</th><th scope="col">Where</th></tr></thead><tbody>${device.services
    .slice(0, MOST.services)
    .map(
      (s) =>
        markup`<tr><td><bdi>${short(s.protocol || 'unknown')}</bdi> ${s.transport}/${s.port}<small class="prot-${s.protection}">${PROTECTION[s.protection]}</small></td><td>${s.reachedFrom.join(', ')}</td><td class="num" data-l="answered">${number(s.answered)}</td><td>${frames(audit, s.evidence)}</td></tr>`,
    )}</tbody></table>${more(device.services.length, MOST.services)}</div></details>`
}

function observations(audit: Audit, device: AuditDevice): Html | undefined {
  const kinds = new Map<string, AuditObservation[]>()
  for (const o of device.observations) {
    const of = kinds.get(o.kind)
    if (of) of.push(o)
    else kinds.set(o.kind, [o])
  }
  if (kinds.size === 0) return undefined
  return markup`<details><summary><span class="t">What was observed <small>${count(device.observations.length, 'fact')} of ${count(kinds.size, 'kind')}</small></span></summary><div class="body">${[
    ...kinds,
  ]
    .slice(0, MOST.kinds)
    .map(
      ([kind, of]) =>
        markup`<h5><bdi>${Object.hasOwn(observationTitles, kind) ? observationTitles[kind as keyof typeof observationTitles] : short(kind)}</bdi></h5><table><thead><tr><th scope="col">Fact</th><th scope="col" class="num">Times</th><th scope="col">Where</th></tr></thead><tbody>${of
          .slice(0, MOST.observations)
          .map(
            (o) =>
              markup`<tr><td><bdi>${short(fact(o.data))}</bdi></td><td class="num" data-l="times">${number(o.count)}</td><td>${frames(audit, o.evidence)}</td></tr>`,
          )}</tbody></table>${more(of.length, MOST.observations)}`,
    )}${more(kinds.size, MOST.kinds)}</div></details>`
}

/** A fact's fields in a line: 'name api.example, type A, resolver 192.168.1.1:53'. */
function fact(data: unknown, depth = 0): string {
  if (Array.isArray(data))
    return data
      .slice(0, 12)
      .map((v) => fact(v, depth + 1))
      .join(' ')
  if (typeof data === 'object' && data !== null) {
    const d = data as Record<string, unknown>
    if (typeof d['ip'] === 'string' && typeof d['port'] === 'number')
      return `${typeof d['name'] === 'string' ? `${d['name']} ` : ''}${d['ip']} port ${d['port']}`
    if (depth > 3) return '…'
    return Object.entries(d)
      .slice(0, 24)
      .map(([k, v]) => [k, fact(v, depth + 1)])
      .filter(([, v]) => v !== '')
      .map(([k, v]) => `${k}: ${v}`)
      .join(', ')
  }
  // microseconds since 1970, as certificates' dates are given
  if (typeof data === 'number' && data > 1e14 && data < 8e15) return moment(new Date(data / 1000).toISOString())
  return typeof data === 'string' || typeof data === 'number' || typeof data === 'boolean' ? String(data) : ''
}

function gauge(share: number, name: string): Html {
  const part = Math.round(Math.min(1, Math.max(0, share)) * 100)
  return markup`<svg class="${name}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="6"/><rect width="${part}" height="6"/></svg>`
}

export function coverageBar(device: AuditDevice): Html {
  return gauge(device.grade.coverage, 'bar')
}

function more(all: number, shown: number): Html | undefined {
  return all > shown ? markup`<p class="soft small">and ${number(all - shown)} more, in the JSON report</p>` : undefined
}

function short(text: string): string {
  const t = clean(text)
  return t.length > MOST.characters ? `${t.slice(0, MOST.characters)}…` : t
}
