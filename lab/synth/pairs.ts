import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const beside = fileURLToPath(new URL('../../../shared/lists/mirai-credentials.txt', import.meta.url))

/** A few that every analysis of Mirai prints (Antonakakis et al. 2017, table 5), for where the whole list does not lie beside the project. */
const KNOWN = [
  ['root', 'xc3511'],
  ['root', 'vizxv'],
  ['root', 'admin'],
  ['admin', 'admin'],
  ['root', '888888'],
  ['root', 'xmhdipc'],
  ['root', 'default'],
  ['support', 'support'],
  ['root', '(none)'],
  ['admin', 'password'],
  ['user', 'user'],
  ['guest', '12345'],
] as const

/** Names and passwords that Mirai tried; '' where there is no password. */
export function pairs(): [name: string, password: string][] {
  const lines = existsSync(beside) ? readFileSync(beside, 'utf8').split('\n') : KNOWN.map((pair) => pair.join(' '))
  return lines.flatMap((line) => {
    const [name, password] = line.trim().split(/\s+/)
    return name && password ? [[name, password === '(none)' ? '' : password] as [string, string]] : []
  })
}
