import { anomalyWords, noDevice } from './anomalies.ts'
import { createHash } from 'node:crypto'
import { firstActions } from './actions.ts'
import { contradictions } from './contradictions.ts'
import { askedLine, auditOf } from './asked.ts'
import { whatWasAsked } from './html/asked.ts'
import { coverageBar, deviceSection, tile } from './html/device.ts'
import { type Html, markup, trusted } from './html/escape.ts'
import { NARROW, networkMap, WIDE } from './html/map.ts'
import { script } from './html/script.ts'
import { quiet, threats } from './html/threats.ts'
import { countThreats, isGrave } from './threats.ts'
import { style } from './html/style.ts'
import { frameList } from './frames.ts'
import type { Audit } from './model.ts'
import { cut } from './width.ts'
import {
  OUTCOMES,
  captureName,
  count,
  deviceKind,
  deviceName,
  duration,
  evidenceWords,
  liveLine,
  LOSS_MEANS,
  lossLine,
  moment,
  number,
  outcomeWord,
  sentence,
  documentWords,
  size,
} from './words.ts'

/** Devices told in full, and those named at all. */
const FULL = 100
const NAMED = 2000

/**
 * The audit as one page that needs nothing else: its own style and script, which the content policy allows by their hashes and
 * nothing besides; no network. All of it can be read, filtered and printed with scripts off.
 */
export function renderHtml(audit: Audit): string {
  const policy = `default-src 'none'; style-src '${hash(style)}'; script-src '${hash(script)}'; base-uri 'none'; form-action 'none'`
  const headline = headlineOf(audit)
  const full = audit.devices.slice(0, FULL)
  // what cannot wait stands before all else
  const grave = (audit.threats ?? []).some(isGrave)
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<title>Assay: ${headline}</title>
<style>${trusted(style)}</style></head>
<body><a class="skip" href="#devices">Skip to the devices</a>
<header class="top"><p class="wordmark"><b>Assay</b> audit of <bdi>${auditOf(audit)}</bdi></p><h1>${headline}</h1>${lead(audit)}</header>
<main>
${grave && threats(audit, full.length)}
${otherwise(audit, full.length)}
${actions(audit, full.length)}
${network(audit)}
<section aria-labelledby="devices"><h2 id="devices" tabindex="-1">Devices, worst first</h2>
<ul class="list">${audit.devices.slice(0, NAMED).map((device, i) => {
    const { settled, applicable } = device.grade
    const inside = markup`${tile(device)}<span class="name"><bdi>${deviceName(device)}</bdi></span><span class="kind"><bdi>${deviceKind(device)}</bdi></span><span class="cover">${settled} of ${applicable} judged${coverageBar(device)}</span>`
    return markup`<li>${i < full.length ? markup`<a href="#device-${i + 1}">${inside}</a>` : markup`<a>${inside}</a>`}</li>`
  })}</ul>
${audit.devices.length > NAMED && markup`<p class="soft">and ${number(audit.devices.length - NAMED)} more, in the JSON report</p>`}</section>
<section aria-labelledby="detail"><h2 id="detail">In detail</h2>
<div class="tools"><fieldset><legend>Show</legend>${[
    ['all', 'everything'] as const,
    ...OUTCOMES.filter((o) => o !== 'error').map((o) => [o, outcomeWord[o]] as const),
  ].map(
    ([id, word]) =>
      markup`<label><input type="radio" name="show" id="show-${id}" value="${id}" ${id === 'all' && trusted('checked')}>${word}</label>`,
  )}</fieldset><button type="button" id="open-all">Open all</button><button type="button" id="close-all">Close all</button></div>
${full.map((device, i) => deviceSection(audit, device, `device-${i + 1}`))}
${audit.devices.length > full.length && markup`<p class="soft">The ${number(audit.devices.length - full.length)} better devices are told in full in the JSON report.</p>`}</section>
${!grave && threats(audit, full.length)}
${whatWasAsked(audit)}
${method(audit)}
</main>
<footer><p>Made by Assay ${audit.tool.version}. This page is one file, asks the network for nothing and sends nothing.</p></footer>
<div id="live" class="off" role="status"></div>
<script>${trusted(script)}</script></body></html>
`
  return page.toString()
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** The whole audit in a sentence. */
function headlineOf(audit: Audit): string {
  const grave = (audit.threats ?? []).filter(isGrave)
  return grave.length === 0 ? devicesLine(audit) : `Signs of attack, ${countThreats(grave)}: ${devicesLine(audit)}`
}

function devicesLine(audit: Audit): string {
  const all = audit.devices.length
  if (all === 0) return 'No device was seen'
  const bad = audit.devices.filter((d) => d.grade.letter !== null && 'DEF'.includes(d.grade.letter)).length
  const open = audit.devices.filter((d) => d.grade.letter === null).length
  if (all === 1)
    return open === 1
      ? 'One device, of which too little was seen for a grade'
      : `One device, graded ${audit.devices[0]!.grade.letter}`
  if (open === all) return `${number(all)} devices, of which too little was seen for a grade`
  return bad === 0
    ? `${number(all)} devices, none graded D or worse`
    : `${number(all)} devices, ${number(bad)} of them graded D or worse`
}

/** Who talked to whom: without a capture nobody was seen to. */
function network(audit: Audit): Html | undefined {
  if (audit.captures.length === 0 && audit.devices.length > 0) return undefined
  return markup`<section aria-labelledby="network"><h2 id="network">The network</h2>
${
  audit.devices.length === 0
    ? markup`<p>${noDevice(audit)}</p>`
    : markup`<figure>${networkMap(audit, WIDE)}${networkMap(audit, NARROW)}
<figcaption class="key"><span><svg viewBox="0 0 32 8" aria-hidden="true"><line class="clear" x1="0" y1="4" x2="32" y2="4"/></svg>readable on the way</span><span><svg viewBox="0 0 32 8" aria-hidden="true"><line class="enc" x1="0" y1="4" x2="32" y2="4"/></svg>encrypted</span><span><svg viewBox="0 0 32 8" aria-hidden="true"><line class="unk" x1="0" y1="4" x2="32" y2="4"/></svg>could not tell</span></figcaption></figure>`
}</section>`
}

function lead(audit: Audit): Html {
  const { first, last, packets, flows } = audit.network
  const time =
    first !== undefined && last !== undefined ? `${moment(first)} to ${moment(last)} UTC (${duration(first, last)}). ` : ''
  const traffic = audit.captures.length === 0 ? '' : `${time}${count(packets, 'packet')} in ${count(flows, 'flow')}. `
  const asked = (audit.probes ?? []).map((probe) => `Asked ${askedLine(probe)}.`).join(' ')
  return markup`<p class="lead">${traffic}${asked}</p>${quiet(audit)}${audit.captures.map(
    (c, i) =>
      c.damaged &&
      markup`<p class="notice"><strong><bdi>${captureName(audit, i)}</bdi> is damaged.</strong> It was read up to byte ${number(c.damaged.offset)}: <bdi>${sentence(c.damaged.reason)}</bdi> What lies behind was not audited.</p>`,
  )}${audit.captures.map(
    (c, i) =>
      c.dropped !== undefined &&
      c.dropped.total > 0 &&
      markup`<p class="notice"><strong><bdi>${captureName(audit, i)}</bdi> is incomplete:</strong> ${lossLine(c)}. ${LOSS_MEANS}</p>`,
  )}`
}

/** Contradictions on the page; the devices tell the others. */
const OTHERWISE = 20

/** Before anything else: what a maker says, and what shows otherwise. */
function otherwise(audit: Audit, full: number): Html | undefined {
  const all = contradictions(audit)
  if (all.length === 0) return undefined
  return markup`<section class="otherwise" aria-labelledby="otherwise"><h2 id="otherwise">The maker says otherwise</h2><ul>${all
    .slice(0, OTHERWISE)
    .map(({ device, finding }) => {
      const at = audit.devices.indexOf(device)
      const name = markup`<bdi>${deviceName(device)}</bdi>`
      return markup`<li><p class="do"><span class="tag ${finding.outcome}">${finding.severity}</span> ${at < full ? markup`<a href="#device-${at + 1}">${name}</a>` : name}</p><p><bdi>${sentence(finding.reason)}</bdi></p><p class="soft small">${finding.evidence.map(
        (e, i) => markup`${i > 0 && ' · '}<bdi>${evidenceWords(audit, e)}</bdi>`,
      )}</p></li>`
    })}</ul>${all.length > OTHERWISE && markup`<p class="soft">and ${number(all.length - OTHERWISE)} more, with the devices</p>`}</section>`
}

function actions(audit: Audit, full: number): Html | undefined {
  const list = firstActions(audit)
  if (list.length === 0) return undefined
  return markup`<section aria-labelledby="first"><h2 id="first">${list.length === 1 ? 'What to do first' : `The ${list.length === 3 ? 'three' : 'two'} things to do first`}</h2><ol class="first">${list.map(
    (a, i) =>
      markup`<li><span class="n" aria-hidden="true">${i + 1}</span><div><p class="do"><bdi>${a.title}</bdi> (${a.severity}): ${a.where
        .slice(0, 5)
        .map(({ device }, k) => {
          const at = audit.devices.indexOf(device)
          return markup`${k > 0 && ', '}${at < full ? markup`<a href="#device-${at + 1}"><bdi>${deviceName(device)}</bdi></a>` : markup`<bdi>${deviceName(device)}</bdi>`}`
        })}${a.where.length > 5 && ` and ${number(a.where.length - 5)} more`}</p><p><bdi>${cut(sentence(a.where[0]!.finding.reason), 280)}</bdi></p>${a.steps.map((step) => markup`<p>${step.party !== '' && markup`<strong>${step.party}:</strong> `}<bdi>${sentence(step.text)}</bdi></p>`)}<p class="soft">Answers for it: ${a.responsible.join(', ') || 'maker'}.</p></div></li>`,
  )}</ol></section>`
}

function method(audit: Audit): Html {
  const { gateways, resolvers } = audit.network
  return markup`<section aria-labelledby="method"><h2 id="method">What this rests on</h2>
<p>Every verdict points to what shows it. Of packets: open the capture in Wireshark, paste the display filter, and see for yourself.${(audit.probes ?? []).length > 0 && markup` Of questions: what was said stands under <a href="#asked">What was asked</a> and in the JSON report.`} A ${audit.frameworks[0]?.word ?? 'control'} passes only on positive evidence; where nothing shows it, it is <em>not settled</em>, and the report says which step would settle it. The grade looks only at what is settled, which is why it always stands beside how many could be judged.</p>
${audit.captures.length > 0 && markup`<h3>Captures</h3>`}${audit.captures
    .slice(0, 100)
    .map(
      (c) =>
        markup`<dl><dt>File</dt><dd><bdi>${c.path}</bdi></dd><dt>Holds</dt><dd>${c.format}, ${count(c.packets, 'packet')}, ${size(c.bytes)}, <bdi>${c.linkTypes.join(', ')}</bdi></dd><dt>SHA-256</dt><dd><code>${c.sha256}</code></dd><dt>Lost</dt><dd>${lossLine(c) || 'the file does not say'}</dd>${c.live && markup`<dt>Live</dt><dd><bdi>${liveLine(c.live)}</bdi></dd>`}</dl>`,
    )}
${
  audit.documents !== undefined &&
  markup`<h3>Documents</h3>${audit.documents
    .slice(0, 100)
    .map(
      (d) =>
        markup`<dl><dt>File</dt><dd><bdi>${d.path}</bdi></dd><dt>Says</dt><dd>${d.kind}: <bdi>${documentWords(d)}</bdi></dd><dt>SHA-256</dt><dd><code>${d.sha256}</code></dd></dl>`,
    )}`
}
${audit.captures.length > 0 && markup`<h3>Network</h3><dl>${gateways.slice(0, 8).map((g) => markup`<dt>Gateway</dt><dd><code>${[...g.ips, ...g.macs].slice(0, 8).join(', ')}</code></dd>`)}${gateways.length === 0 && markup`<dt>Gateway</dt><dd>none seen</dd>`}<dt>Resolvers</dt><dd>${resolvers.length > 0 ? markup`<code>${resolvers.slice(0, 8).join(', ')}</code>` : 'none given to the devices'}</dd></dl>`}
${
  audit.anomalies.length > 0 &&
  markup`<h3>Packets not read whole, and what was cut short</h3><dl>${audit.anomalies.slice(0, 40).map((a) => markup`<dt><bdi>${anomalyWords(a.kind)}</bdi></dt><dd>${count(a.count, 'packet')}${a.evidence[0] && `, ${frameList(a.evidence[0].frames)} of ${captureName(audit, a.evidence[0].capture)}`}</dd>`)}</dl>`
}</section>`
}
