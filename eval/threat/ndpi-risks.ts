import { spawnSync } from 'node:child_process'

/** nDPI's flow risks that say nothing of an attack: of the kind of protocol, of certificates, of a capture cut short. */
const ABOUT_OTHERS =
  /Known Protocol on Non Standard Port|Not Carrying HTTPS|Missing SNI|Unidirectional|Numeric IP|Unsafe Protocol|Self-signed|Certificate|Obsolete TLS|Weak Cipher|Uncommon|Missing User|Error Code|Fully Encrypted|Minor Issues|Probing/i

/** Flow risks of a capture: all, and those that may mean an attack. undefined where there is no ndpiReader. */
export function ndpiRisks(path: string): { all: string[]; grave: string[] } | undefined {
  const run = spawnSync('ndpiReader', ['-v', '2', '-i', path], { encoding: 'latin1', maxBuffer: 1 << 28 })
  if (run.error !== undefined || run.status !== 0) return undefined
  const all = new Set<string>()
  for (const [, said] of run.stdout.matchAll(/\[Risk: \*\* (.*?) \*\*\]/g))
    for (const risk of said!.split('****')) all.add(risk.trim())
  return { all: [...all].sort(), grave: [...all].filter((risk) => !ABOUT_OTHERS.test(risk)).sort() }
}
