import type { DeviceEvidence, Observation } from '../evidence/evidence.ts'
import type { Kind } from '../evidence/kinds.ts'
import type { Finding } from './check.ts'
import { inconclusive, unanswered } from './finding.ts'

/**
 * What is found of each of the maker's sites that was asked, and which of them could not be: nothing is silently left out.
 * @param topics of the probe's troubles that hide this kind of fact; '' is the probe as a whole
 */
export function ofSites<K extends Kind>(
  device: DeviceEvidence,
  kind: K,
  probe: string,
  topics: readonly string[],
  judge: (facts: readonly Observation<K>[]) => Finding[],
): Finding[] {
  const facts = device.of(kind)
  const vain = device.of('probe.trouble').filter(({ data }) => data.probe === probe && topics.includes(topicOf(data.about)))
  const findings = [
    ...(facts.length > 0 ? judge(facts) : []),
    ...vain.map((one) => {
      const [site = ''] = one.data.about.split(' ')
      const at = site === '' ? 'the site' : site
      return unanswered(`The question to ${at} had no answer: ${one.data.reason.replace(/\.$/, '')}.`, one.data.next, [one], site)
    }),
  ]
  if (findings.length > 0) return findings
  return [inconclusive("The maker's side was not asked.", 'Ask it: assay probe --site maker.example')]
}

function topicOf(about: string): string {
  return about.split(' ').slice(1).join(' ')
}

/** 'a is missing; and b too': faults in one sentence, the first three of them. */
export function told(faults: readonly string[]): string {
  const rest = faults.length - 3
  return `${faults.slice(0, 3).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`
}
