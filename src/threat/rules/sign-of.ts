import { printable } from '../../decode/text.ts'
import type { SignFacts } from '../../evidence/sign.ts'
import type { Rule } from './rule.ts'

/** What a sign of a rule carries: all that `tell` needs, since that knows no rules. */
export function factsOf(rule: Rule, role: 'source' | 'target', end: 'client' | 'server', port: number): SignFacts {
  const { id, title, severity, stage = 'matched', says, remedy, techniques, file, line } = rule
  return {
    detector: 'rules',
    what: printable(id, 128).toLowerCase(),
    role,
    port,
    detail: {
      rule: printable(id, 128),
      title: printable(title, 300),
      severity,
      stage,
      end,
      file: printable(file, 300),
      line,
      ...(rule.imported ? { imported: 1 } : {}),
      ...(says === undefined ? {} : { says: printable(says, 1000) }),
      ...(remedy === undefined ? {} : { remedy: printable(remedy, 1000) }),
      ...(techniques.length === 0 ? {} : { techniques: techniques.join(' ') }),
    },
  }
}
