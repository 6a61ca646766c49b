import { checks } from '../checks/index.ts'
import type { Outcome } from '../checks/check.ts'
import { frameworkOf, judge } from '../frameworks/index.ts'
import type { Audit, AuditFinding } from '../report/model.ts'

type Found = Omit<AuditFinding, 'id' | 'check' | 'title' | 'facet' | 'remedy'>

/** What a check found by reading a document or by asking. */
function found(outcome: Outcome, reason: string, evidence: AuditFinding['evidence'], more: Partial<Found> = {}): Found {
  const bad = outcome === 'fail' || outcome === 'warn'
  return { outcome, severity: bad ? 'high' : 'info', reason, evidence, assurance: 'declared', about: '', ...more }
}

/**
 * An audit without a capture, judged by the real catalogs: of a maker who says much in its dossier, whose device takes a default
 * password, and of whom nothing else is known.
 */
export function judgedFixture(by: readonly string[] = ['psti', 'en303645', 'cra']): Audit {
  const id = 'mac-020000000001'
  const list = checks.map((check): Found[] => {
    if (check.id === 'default-login')
      return [
        found('fail', 'It let in who gave a published default: user a…(5), password a…(5).', [{ probe: 0, entries: [1] }], {
          severity: 'critical',
          assurance: 'probed',
          about: 'tcp/80',
        }),
      ]
    if (check.id === 'states-factory-reset')
      return [found('inconclusive', 'The dossier does not say it.', [], { assurance: 'none', next: 'Say it in the dossier.' })]
    if (check.id.startsWith('states-') || check.id === 'security-txt')
      return [found('pass', `The dossier says it: ${check.title}.`, [{ document: 0, places: [`/${check.id}`] }])]
    return [found('inconclusive', 'It was not asked.', [], { assurance: 'none', next: 'Ask it: assay probe.' })]
  })
  const { findings, verdicts, grade } = judge(id, list, by)
  return {
    schema: 'assay-audit-2',
    tool: { name: 'assay', version: '0.0.0' },
    captures: [],
    probes: [
      {
        targets: [{ ip: '192.0.2.7', mac: '02:00:00:00:00:01' }],
        sites: [],
        began: '2026-11-01T10:00:00.000000Z',
        ended: '2026-11-01T10:01:00.000000Z',
        stopped: false,
        transcript: [
          {
            n: 1,
            at: '2026-11-01T10:00:01.000000Z',
            transport: 'tcp',
            ip: '192.0.2.7',
            port: 80,
            why: 'tries a published default at its log-in',
            ms: 12,
            ended: 'answered',
            sent: 120,
            received: 300,
            said: [],
          },
        ],
      },
    ],
    documents: [
      { path: 'maker/camera "1".yaml', sha256: 'ab'.repeat(32), kind: 'dossier', title: 'Lens Camera 1', signedBy: 'Lens Ltd' },
    ],
    network: { gateways: [], resolvers: [], packets: 0, bytes: 0, flows: 0, fragments: 0 },
    frameworks: by.map((name) => {
      const { title, version, word, controls } = frameworkOf(name)!
      return { id: name, title, version, word, controls: controls.length }
    }),
    devices: [
      {
        id,
        macs: ['02:00:00:00:00:01'],
        ips: ['192.0.2.7'],
        identity: { vendor: 'Lens', model: 'Camera 1', category: 'camera', confidence: 1, signals: [] },
        first: '2026-11-01T10:00:01.000000Z',
        last: '2026-11-01T10:01:00.000000Z',
        packets: 0,
        bytesOut: 0,
        bytesIn: 0,
        endpoints: [],
        services: [],
        observations: [],
        documents: [0],
        findings,
        verdicts,
        grade,
      },
    ],
    anomalies: [],
  }
}
