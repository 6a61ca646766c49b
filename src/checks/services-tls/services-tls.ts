import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const servicesTls: Check = {
  id: 'services-tls',
  title: 'TLS of its own services',
  facet: 'security',
  looksFor: 'Versions, suites, keys and certificates of every TLS service of the device, and known weaknesses of it.',
  why: 'What it serves under a broken TLS can be read on the way.',
  remedy: 'Maker: TLS 1.2 and 1.3 with AEAD suites only (RFC 9325), keys of 2048 bits (RSA) or 256 (EC) and more.',
  passNeeds: 'Every TLS service was asked in full, and nothing weak was found.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it: assay probe HOST')]
  },
}
