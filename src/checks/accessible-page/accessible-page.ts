import { notAnswered } from '../asked.ts'
import type { Check } from '../check.ts'
import { inconclusive, pass, warn } from '../finding.ts'
import { list, plural } from '../words.ts'

/** Who uses a screen reader, a keyboard or large letters cannot go on, or hardly (axe-core's impact). */
const GRAVE = new Set(['serious', 'critical'])

export const accessiblePage: Check = {
  id: 'accessible-page',
  title: 'Its web page is accessible',
  facet: 'interoperability',
  looksFor: 'What axe-core finds on its page in a browser: contrast, labels, names, keyboard.',
  why: 'Who cannot read a setting cannot set it.',
  remedy: 'Maker: mend what axe names; WCAG 2.2 AA is the aim.',
  passNeeds:
    'A page was opened in a browser, and axe found nothing serious. A machine sees a third of what a person would: it is no proof of WCAG.',
  of: ['device'],
  run(device) {
    const pages = device.of('probe.accessibility')
    const findings = pages.map((page) => {
      const { url, violations, passes } = page.data
      const grave = violations.filter(({ impact }) => GRAVE.has(impact))
      if (grave.length > 0) {
        const rules = list(
          grave.map(({ rule, count, help }) => `${rule} (${plural(count, 'place')}: ${help})`),
          4,
        )
        // critical: some can do nothing there at all
        const severity = grave.some(({ impact }) => impact === 'critical') ? 'medium' : 'low'
        return warn(severity, `${url} shuts people out: ${rules}.`, [page], url)
      }
      const rest = violations.length === 0 ? '' : ` Less grave: ${list(violations.map(({ rule }) => rule))}.`
      return pass(`axe-core found nothing serious on ${url}; ${plural(passes, 'rule')} held.${rest}`, [page], url)
    })
    findings.push(...notAnswered(device, 'accessibility', findings))
    if (findings.length > 0) return findings
    return [inconclusive('No page of it was opened in a browser.', 'Ask it where Chromium is installed: assay probe HOST --full')]
  },
}
