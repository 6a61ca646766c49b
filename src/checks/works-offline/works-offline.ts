import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const worksOffline: Check = {
  id: 'works-offline',
  title: 'Works without the Internet',
  facet: 'development',
  looksFor: 'Which of its services still answer when the Internet is taken away.',
  why: 'Networks fail, and makers close: what was bought should still work.',
  remedy: 'Maker: keep local control working without the cloud, and say what stops.',
  passNeeds: 'The Internet was taken away, and what answered before still did.',
  run() {
    return [inconclusive('It was not asked.', 'Put it behind this machine and ask: assay probe DEVICE --cut')]
  },
}
