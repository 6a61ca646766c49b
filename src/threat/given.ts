import type { Inspector } from '../evidence/inspector.ts'
import type { MakeSensor } from '../evidence/sensor.ts'
import type { Detector } from './detector.ts'
import { detectors, sensorsOf } from './index.ts'
import { indicators, judgeFiles } from './indicators/indicators.ts'
import { IndicatorInspector } from './indicators/inspector.ts'
import type { Listed } from './indicators/list.ts'
import { Lookup } from './indicators/lookup.ts'
import { addressSensor } from './indicators/sensor.ts'
import { headerSensor } from './rules/headers.ts'
import { rules } from './rules/rules.ts'
import { RuleInspector } from './rules/inspector.ts'
import { isOfHeaders, type Rule } from './rules/rule.ts'

/** What the user looks for beside what Assay does. Plain data: it goes to other threads, and is made ready there. */
export interface Given {
  readonly rules: readonly Rule[]
  readonly listed: readonly Listed[]
}

/** What a bookkeeper needs to look for what was given, and what Assay knows. */
export interface Lookout {
  readonly detectors: readonly Detector[]
  readonly inspector: Inspector | undefined
}

const NOTHING: Given = { rules: [], listed: [] }

export function lookoutFor({ rules, listed }: Given = NOTHING): Lookout {
  const lookup = new Lookup(listed)
  const ofBytes = rules.filter((rule) => !isOfHeaders(rule))
  const inspectors = [
    ...(ofBytes.length === 0 ? [] : [new RuleInspector(ofBytes)]),
    ...(lookup.hasNames ? [new IndicatorInspector(lookup)] : []),
  ]
  return {
    detectors: lookup.hasHashes
      ? detectors.map((one) => (one === indicators ? { ...one, judge: judgeFiles(lookup) } : one))
      : detectors,
    inspector: inspectors.length > 1 ? new Both(inspectors) : inspectors[0],
  }
}

/** Who looks: without rules and lists nobody does for those. */
export function detectorsFor({ rules: ofUser, listed }: Given = NOTHING): readonly Detector[] {
  return detectors.filter((one) => (one !== rules || ofUser.length > 0) && (one !== indicators || listed.length > 0))
}

/** What looks at packets and flows. */
export function sensorsFor({ rules, listed }: Given = NOTHING): MakeSensor[] {
  const ofHeaders = rules.filter(isOfHeaders)
  const lookup = new Lookup(listed)
  return [
    ...sensorsOf(detectors),
    ...(ofHeaders.length === 0 ? [] : [headerSensor(ofHeaders)]),
    ...(lookup.hasAddresses ? [addressSensor(lookup)] : []),
  ]
}

/** Does somebody look at bytes? */
export function inspects({ rules, listed }: Given = NOTHING): boolean {
  return (
    rules.some((rule) => !isOfHeaders(rule)) || listed.some(({ type }) => type === 'domain' || type === 'url' || type === 'ja4')
  )
}

class Both implements Inspector {
  private readonly all: readonly Inspector[]

  constructor(all: readonly Inspector[]) {
    this.all = all
  }

  message(...said: Parameters<Inspector['message']>): void {
    for (const one of this.all) one.message(...said)
  }

  conversation(...said: Parameters<Inspector['conversation']>): void {
    for (const one of this.all) one.conversation(...said)
  }

  datagram(...said: Parameters<Inspector['datagram']>): void {
    for (const one of this.all) one.datagram(...said)
  }
}
