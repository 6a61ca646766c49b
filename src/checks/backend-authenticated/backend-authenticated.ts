import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const backendAuthenticated: Check = {
  id: 'backend-authenticated',
  title: 'Refuses an impostor',
  facet: 'security',
  looksFor:
    'Whether it goes on with a server that shows a certificate which must be refused: self-signed, wrong name, expired, unknown authority.',
  why: 'Who is on the way can be its cloud, if it does not look.',
  remedy: 'Maker: check the chain, the name and the dates of every server, and pin where you can.',
  passNeeds: 'Each kind of wrong certificate was offered, and it refused all.',
  run() {
    return [inconclusive('It was not asked.', 'Put it behind this machine and ask: assay probe DEVICE --impostor')]
  },
}
