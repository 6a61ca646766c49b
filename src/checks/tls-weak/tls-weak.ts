import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, pass, warn } from '../finding.ts'
import { list, plural, tlsServer } from '../words.ts'

type Handshake = Observation<'tls.client'> | Observation<'tls.server'>

export const tlsWeak: Check = {
  id: 'tls-weak',
  title: 'TLS version and strength',
  facet: 'security',
  looksFor:
    'Versions before TLS 1.2, cipher suites with known weaknesses (RC4, 3DES, export, NULL, anonymous) and weak certificate keys or signatures in connections that were set up; connections without forward secrecy; broken suites (not 3DES) that are merely offered.',
  why: 'TLS 1.0 and 1.1 are forbidden since RFC 8996, RC4 since RFC 7465: what they protect can be read or changed with published methods.',
  remedy:
    'Maker: require TLS 1.2 or 1.3 with AEAD suites (RFC 9325) on both ends, and drop the rest from the offer. Service operator: turn the old versions off. Owner: install the latest update of the device.',
  passNeeds:
    'At least one handshake that was completed, with the version and suite chosen seen, and in all of them forward secrecy and nothing weak chosen and nothing broken offered.',
  run(device) {
    const server = device.of('tls.server')
    const findings = [judged(device.of('tls.client'), 'client')]
    if (server.length > 0) findings.push(judged(server, 'server'))
    return findings
  },
}

function judged(handshakes: readonly Handshake[], role: 'client' | 'server'): Finding {
  const done = handshakes.filter(({ data }) => data.completed && data.versionChosen !== undefined && data.suite !== undefined)
  const weak = handshakes.filter(({ data }) => data.completed && faults(data).length > 0)
  if (weak.length > 0) {
    const severity = weak.some(({ data }) => isBroken(data)) ? 'high' : 'medium'
    return fail(
      severity,
      `${role === 'client' ? 'Set up weak TLS connections' : 'Serves weak TLS'}: ${byFault(weak, faults)}.`,
      weak,
      role,
    )
  }
  const offered = role === 'client' ? handshakes.filter(({ data }) => data.weakOffered.some(isBreakable)) : []
  if (offered.length > 0) {
    const kinds = list(
      offered.flatMap(({ data }) => data.weakOffered.filter(isBreakable).map(weaknessOf)),
      6,
    )
    // low: a sound server chooses better, so nothing was weak yet
    return warn(
      'low',
      `Offered to use ciphers that can be broken (${kinds}), in ${plural(sum(offered), 'connection')}; no server chose one.`,
      offered,
      role,
    )
  }
  const exposed = done.filter(({ data }) => data.forwardSecrecy === false)
  if (exposed.length > 0) {
    const what = byFault(exposed, () => ['no forward secrecy (RFC 9325 section 4.1)'])
    // low: it takes the server's key, later
    return warn('low', `What is recorded today can be read by whoever gets the server's key later: ${what}.`, exposed, role)
  }
  if (done.length === 0)
    return inconclusive(`No completed TLS handshake with the device as ${role} was seen.`, NEXT[role], handshakes, role)
  return pass(
    `Completed ${plural(sum(done), 'handshake')} as ${role}, all with ${list(done.map(({ data }) => data.versionChosen!))}, none weak.${good(done, role)}`,
    done,
    role,
  )
}

/** What is better than the rule asks for. */
function good(done: readonly Handshake[], role: 'client' | 'server'): string {
  const safe = done.filter(({ data }) => data.postQuantum === 'chosen')
  if (safe.length === 0) return ''
  const groups = list(safe.flatMap(({ data }) => data.group ?? []))
  const where = role === 'client' ? ` with ${list(safe.map(({ data }) => tlsServer(data)))}` : ''
  return ` What is recorded today stays secret even from a quantum computer (${groups})${where}.`
}

function sum(handshakes: readonly Handshake[]): number {
  return handshakes.reduce((all, handshake) => all + handshake.count, 0)
}

/** 3DES is slow to break and still on many lists behind all others: offering it last says little. */
function isBreakable(suite: string): boolean {
  return !/_3DES_/.test(suite) || /EXPORT|anon/i.test(suite)
}

function weaknessOf(suite: string): string {
  const [found] = /NULL|EXPORT|anon|RC4|DES/i.exec(suite) ?? ['others']
  return found === 'anon' ? 'without authentication' : found === 'EXPORT' ? 'export' : found === 'NULL' ? 'no encryption' : found
}

/** 'TLS 1.0 with a, b and c; RC4 with d'. */
function byFault(handshakes: readonly Handshake[], of: (data: Handshake['data']) => string[]): string {
  const ends = new Map<string, string[]>()
  for (const { kind, data } of handshakes) {
    const end = kind === 'tls.client' ? tlsServer(data) : `its own port ${data.servedPort ?? '?'}`
    for (const fault of of(data)) ends.set(fault, [...(ends.get(fault) ?? []), end])
  }
  // what is wrong in the same places is said together
  const together = Map.groupBy(ends.keys(), (fault) => list(ends.get(fault)!, 2))
  return [...together]
    .slice(0, 3)
    .map(([at, of]) => `${list(of, 3)}, with ${at}`)
    .join('; ')
}

function faults(data: Handshake['data']): string[] {
  const certificate = data.certificate?.problems.filter((problem) => problem === 'weak-key' || problem === 'weak-signature') ?? []
  return [...data.weak, ...certificate.map((problem) => `certificate with ${problem.replace('-', ' ')}`)]
}

/** SSL and the suites that a listener can break today, against TLS 1.0 and 1.1, which take more than listening. */
function isBroken(data: Handshake['data']): boolean {
  return data.versionChosen?.startsWith('SSL') === true || /NULL|EXPORT|anon|RC4|WITH_DES_/i.test(data.suite ?? '')
}

const NEXT = {
  client: 'Capture from the moment the device is switched on: it sets up its connections then.',
  server: 'Open the service from a computer on the same network while capturing, e.g. with "openssl s_client".',
}
