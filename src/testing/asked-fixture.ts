import type { Audit } from '../report/model.ts'
import { hostile } from './audit-fixture.ts'

/** The same audit, in which a device was asked, too: by three questions, of which a finding of the first device rests on two. */
export function withAsked(audit: Audit): Audit {
  const entry = { at: '2026-11-30T21:00:00.000000Z', transport: 'tcp', ip: '192.168.1.7', ms: 12, sent: 5, received: 9 } as const
  audit.probes = [
    {
      targets: [{ ip: '192.168.1.7', mac: '02:00:00:00:00:07', name: hostile.script }],
      sites: [],
      began: '2026-11-30T21:00:00.000000Z',
      ended: '2026-11-30T21:00:06.000000Z',
      stopped: true,
      transcript: [
        {
          ...entry,
          n: 1,
          port: 23,
          why: 'waits for a greeting',
          ended: 'answered',
          said: [{ by: 'them', ms: 1, bytes: 9, text: hostile.script }],
          more: 3,
        },
        { ...entry, n: 2, port: 81, why: 'asks whether anybody listens there', ended: 'refused', said: [] },
        {
          ...entry,
          n: 3,
          port: 80,
          why: 'asks whether it speaks http',
          ended: 'endless',
          reason: 'more than 1048576 bytes came',
          said: [{ by: 'us', ms: 0, bytes: 5, text: 'GET /' }],
        },
      ],
    },
  ]
  const [device] = audit.devices
  device!.findings[0]!.evidence.push({ probe: 0, entries: [1, 3] })
  return audit
}
