import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'

export const accessiblePage: Check = {
  id: 'accessible-page',
  title: 'Its web page is accessible',
  facet: 'interoperability',
  looksFor: 'What axe-core finds on its page in a browser: contrast, labels, names, keyboard.',
  why: 'Who cannot read a setting cannot set it.',
  remedy: 'Maker: mend what axe names; WCAG 2.2 AA is the aim.',
  passNeeds: 'A page was opened in a browser, and axe found nothing serious.',
  run() {
    return [inconclusive('It was not asked.', 'Ask it where Chromium is installed: assay probe HOST --full')]
  },
}
