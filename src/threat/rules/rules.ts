import type { Detector, Severity, Sign, Telling } from '../detector.ts'
import type { Campaign, Stage } from '../stage.ts'
import { TECHNIQUES } from '../techniques.ts'

/** What the user's own rules find (assay audit --rules). */
export const rules: Detector = {
  id: 'rules',
  title: 'Rules of the user',
  looksFor: 'What the rules that were given look for (docs/rules.md): bytes, names, ports and figures that their writers chose.',
  mistakes:
    'Those of the rules. Of a TCP conversation the first 16 KiB of each side are searched, of a UDP flow its first eight datagrams (all, on the ports of DNS and its like): what comes later escapes, and so does all that is encrypted.',
  baseRate: 'that of the rules',
  tunables: {},
  tell,
}

function tell({ count, data }: Sign): Telling {
  const { detail, peer, port, role } = data
  const stage = detail['stage'] as Stage
  const own = detail['severity'] as Severity
  // the priority of an imported rule says how grave the attempt is, not that it came to anything
  const attempt = detail['imported'] === 1 && role === 'target' && detail['end'] === 'server'
  const severity = attempt && (own === 'high' || own === 'critical') ? 'medium' : own
  const other = peer === undefined ? 'somebody' : peer.name === undefined ? peer.ip : `${peer.name} (${peer.ip})`
  const did =
    role === 'source'
      ? `It sent ${other} what rule ${detail['rule']} looks for`
      : `${other} sent it what rule ${detail['rule']} looks for`
  const at = port === undefined || port === 0 ? '' : ` on port ${port}`
  const times = count === 1 ? 'once' : `${count} times`
  const said = [
    `${did}${at}, ${times}: "${detail['title']}" (${detail['file']}, line ${detail['line']}).`,
    detail['says'],
    detail['remedy'],
  ]
  return {
    campaign: campaignOf(stage),
    stage,
    severity,
    confidence: attempt ? 0.5 : 0.8,
    says: said.filter((part) => part !== undefined).join(' '),
    techniques: `${detail['techniques'] ?? ''}`.split(' ').filter((id) => Object.hasOwn(TECHNIQUES, id)),
  }
}

export function campaignOf(stage: Stage): Campaign {
  if (stage === 'matched') return 'rule'
  if (stage === 'flooded') return 'under-attack'
  return stage === 'intercepting' ? 'interception' : 'recruitment'
}
