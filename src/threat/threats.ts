import type { DeviceEvidence, NetworkEvidence, Observation } from '../evidence/evidence.ts'
import type { Detector, Severity, Sign, Telling } from './detector.ts'
import { STAGE_ORDER } from './stage.ts'
import type { Step, Threat } from './threat.ts'

export const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']

/** What the signs of a device come to: one threat a campaign, its steps in order of time. */
export function threatsOf(device: DeviceEvidence, network: NetworkEvidence, detectors: readonly Detector[]): Threat[] {
  const told = detectors.flatMap((detector) =>
    signsOf(detector, device, network).map((sign) => ({ sign, telling: detector.tell(sign) })),
  )
  return [...Map.groupBy(told, ({ telling }) => telling.campaign)].map(([campaign, of]): Threat => {
    const steps = of
      .map(({ sign, telling }) => step(sign, telling))
      .sort((a, b) => a.first - b.first || STAGE_ORDER.indexOf(a.stage) - STAGE_ORDER.indexOf(b.stage))
    return {
      id: `${device.id}/${campaign}`,
      device: device.id,
      campaign,
      stage: worst(steps, (s) => STAGE_ORDER.indexOf(s.stage)).stage,
      severity: worst(steps, (s) => SEVERITIES.indexOf(s.severity)).severity,
      confidence: worst(steps, (s) => s.confidence).confidence,
      steps,
    }
  })
}

/** A detector's signs of a device that were raised, where it passed and in the end. */
export function signsOf(detector: Detector, device: DeviceEvidence, network: NetworkEvidence): readonly Sign[] {
  const raised = device.of('sign').filter((one) => isRaised(one) && one.data.detector === detector.id) as readonly Sign[]
  return [...raised, ...(detector.judge?.(device, network) ?? [])]
}

function step({ data, count, first, last, exemplars }: Sign, telling: Telling): Step {
  const { detector, what, role, peer, port, detail, indicators = [], raised } = data
  const { stage, severity, confidence, says, techniques } = telling
  return {
    stage,
    detector,
    what,
    role,
    severity,
    confidence,
    says,
    techniques,
    count,
    first,
    last,
    alerted: raised.time,
    alertedBy: raised.frame,
    ...(peer === undefined ? {} : { peer }),
    ...(port === undefined ? {} : { port }),
    detail,
    indicators,
    evidence: exemplars,
  }
}

function isRaised({ data }: Observation<'sign'>): boolean {
  return data.raised !== undefined
}

function worst<T>(list: readonly T[], by: (one: T) => number): T {
  return list.reduce((most, one) => (by(one) > by(most) ? one : most))
}
