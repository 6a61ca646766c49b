import { audit } from '../../src/audit/audit.ts'
import type { Audit } from '../../src/report/model.ts'
import type { Expected } from './truth.ts'

export interface Found {
  stage: string
  role: string
  vector?: string
  found: boolean
  /** Why it is weaker than what is to be found (strength.ts). */
  weak?: string
  /** Malicious packets up to the first alert, and seconds from the first of them; where found. */
  packets?: number
  seconds?: number
  detector?: string
  /** What it was called instead, where the stage was found by another vector. */
  called?: string
}

export interface Alarm {
  device: string
  severity: string
  stage: string
  detector: string
  what: string
  role: string
  says: string
}

type Step = NonNullable<Audit['threats']>[number]['steps'][number]

/** What an audit told, against what was there. Times of frames come from the caller, in seconds, by frame number. */
export async function score(
  path: string,
  expected: readonly Expected[],
  timeOf: (frame: number) => number,
): Promise<{ found: Found[]; alarms: Alarm[]; days: number }> {
  const { threats = [], devices } = await audit([path], { threads: 0 })
  const steps = threats.flatMap((t) => t.steps.map((step) => ({ threat: t, step })))
  const isOf = (t: (typeof threats)[number], device: string) => {
    const known = devices.find((d) => d.id === t.device)
    return (
      t.ip === device ||
      t.device === device ||
      t.device === `mac-${device.replaceAll(':', '')}` ||
      known?.ips.includes(device) === true
    )
  }
  const found = expected.map((e): Found => {
    const right = steps.filter(
      ({ threat, step }) => isOf(threat, e.device) && roleFits(step, e.role) && e.stages.includes(step.stage),
    )
    const named = e.vector === undefined ? right : right.filter(({ step }) => namesVector(step, e.vector!))
    const base = { stage: e.stages[0]!, role: e.role, ...(e.vector !== undefined && { vector: e.vector }) }
    if (named.length === 0)
      return { ...base, found: false, ...(right[0] && { called: `${right[0].step.detector}/${right[0].step.what}` }) }
    const first = named.map(({ step }) => ({ step, frame: alertFrame(step) })).sort((a, b) => a.frame - b.frame)[0]!
    const packets = Number.isFinite(first.frame) ? e.frames.filter((f) => f <= first.frame).length : undefined
    const seconds = Number.isFinite(first.frame) && e.frames.length ? timeOf(first.frame) - timeOf(e.frames[0]!) : undefined
    return {
      ...base,
      found: true,
      detector: `${first.step.detector}/${first.step.what}`,
      ...(packets !== undefined && { packets: Math.max(1, packets) }),
      ...(seconds !== undefined && { seconds: Math.max(0, seconds) }),
    }
  })
  const alarms = steps
    .filter(({ threat }) => !expected.some((e) => isOf(threat, e.device)))
    .map(({ threat, step }): Alarm => ({
      device: threat.ip ?? threat.device,
      severity: step.severity,
      stage: step.stage,
      detector: step.detector,
      what: step.what,
      role: step.role,
      says: step.says,
    }))
  const days = devices.reduce((sum, d) => sum + (Date.parse(d.last) - Date.parse(d.first)) / 86_400_000, 0)
  return { found, alarms, days }
}

/** Whether to fetch a program is a device's doing or is done to it is a matter of taste. */
const roleFits = (step: Step, role: string) => step.role === role || step.stage === 'fetched'

/** Vectors that detectors have another word for. */
const SAME: Readonly<Record<string, string>> = { xmas: 'tcp-flags' }

/** "reflection-ssdp", "ssdp-reflection" and "ssdp" name the same vector. */
export function namesVector(step: Pick<Step, 'what' | 'detail'>, asked: string): boolean {
  // an order to attack says in words by what
  const what = `${step.what} ${step.what.endsWith(' order') ? step.detail['order'] : ''}`.trim().toLowerCase()
  const vector = SAME[asked] ?? asked
  return what === vector || what.split(/[^a-z0-9]+/).includes(vector) || (vector.includes('-') && what.includes(vector))
}

function alertFrame(step: Step): number {
  return 'frames' in step.alertedBy ? (step.alertedBy.frames[0] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
}
