import { type Declared, said } from '../../evidence/declared.ts'
import type { Observation, Service } from '../../evidence/evidence.ts'
import { WIDE_SCAN } from '../asked.ts'
import type { Check, Finding } from '../check.ts'
import { contradiction, inconclusive, pass, unanswered } from '../finding.ts'
import { list, plural, protocolName } from '../words.ts'

/** Who declares more ports at once has not said what each is for. */
const RANGE = 1024

type DeclaredService = NonNullable<Declared['dossier']['services']>[number]

export const portsDeclared: Check = {
  id: 'ports-declared',
  title: 'Ports open, and why',
  facet: 'security',
  looksFor:
    'Every port that answers, asked or seen in traffic, held against those that the maker declares: its transport, its number, whether it is encrypted, and from where it may be reached.',
  why: 'A service that operation does not need is a way in that nobody watches.',
  remedy: 'Maker: close what is not declared, or declare what it is for. Owner: switch off what you do not use.',
  passNeeds: `A scan of at least ${WIDE_SCAN} of its TCP ports, and a dossier that names each open one, by itself or in a range of at most ${RANGE} ports.`,
  of: ['device', 'dossier'],
  run(device) {
    const open = device.services
    const scans = device.of('probe.ports').filter(({ data }) => data.transport === 'tcp')
    const troubles = device.of('probe.trouble').filter(({ data }) => data.probe === 'scan')
    const [trouble] = troubles
    const { declared } = device
    const services = declared?.dossier.services
    const findings = declared === undefined || services === undefined ? [] : held(open, services, declared)
    // the scan says nothing of what it could not tell; what was found elsewhere still counts
    if (trouble !== undefined) findings.push(unanswered(`${capital(trouble.data.reason)}.`, trouble.data.next, troubles))
    if (findings.length > 0) return findings
    // who drops all that it is sent has not told what is open
    const wide = scans.filter(({ data }) => data.asked >= WIDE_SCAN && data.open + data.closed > 0)
    const scanned = wide.length > 0 ? `, of ${asked(wide)} that were asked` : ''
    if (declared === undefined || services === undefined) {
      if (open.length === 0 && scans.length === 0)
        return [
          inconclusive(
            'It was not asked which of its ports are open.',
            'Scan it and name the dossier: assay probe HOST --dossier maker.yaml',
          ),
        ]
      const what =
        open.length === 0
          ? `No port answered${scanned}`
          : `${capital(plural(open.length, 'port'))} answered${scanned}: ${names(open)}`
      const missing = declared === undefined ? 'No dossier says which it needs' : 'The dossier does not say which it needs'
      return [
        inconclusive(`${what}. ${missing}.`, 'Ask its maker which ports operation needs, as a dossier: --dossier maker.yaml', [
          ...open,
          ...scans,
        ]),
      ]
    }
    const place = said(declared, '/services')
    if (wide.length === 0)
      return [
        inconclusive(
          `${open.length === 0 ? 'No port is known to be open' : `All that answered (${names(open)}) is declared`}; others may be open.`,
          'Scan its ports: assay probe HOST --full',
          [...open, ...scans, place],
        ),
      ]
    const loose = open.filter((service) => widthOf(services[declarationOf(service, services)]!) > RANGE)
    if (loose.length > 0)
      return [
        inconclusive(
          `${names(loose)} answered, and the maker declares ${loose.length === 1 ? 'it' : 'them'} by a range of more than ${RANGE.toLocaleString('en')} ports alone.`,
          'Ask its maker which ports operation needs, and what each is for: /services',
          [...loose, place],
        ),
      ]
    const all = open.length === 0 ? 'None answered' : `All that answered (${names(open)}) are declared`
    return [pass(`${all}, of ${asked(wide)} that were asked.`, [...open, ...wide, place])]
  },
}

/** Each service against what the maker says: undeclared, in clear where encryption is declared, reached from where it may not be. */
function held(open: readonly Service[], services: readonly DeclaredService[], declared: Declared): Finding[] {
  return open.flatMap((service): Finding[] => {
    const { transport, port } = service
    const at = declarationOf(service, services)
    const where = `${transport}/${port}`
    if (at < 0)
      return [
        contradiction(
          'medium',
          `${where}${spoken(service)} answered, and the maker declares ${services.length === 0 ? 'that no port does' : `other ports only: ${list(services.map(portsOf), 6)}`}.`,
          [said(declared, '/services')],
          [service],
          where,
        ),
      ]
    const one = services[at]!
    const found: Finding[] = []
    if (one.protocol !== undefined && isEncrypted(one.protocol) && service.protection === 'clear')
      found.push(
        contradiction(
          'high',
          `${where} speaks ${protocolName(service.protocol)} in clear, and the maker declares ${one.protocol} there.`,
          [said(declared, `/services/${at}/protocol`)],
          [service],
          `${where} encryption`,
        ),
      )
    if (one.reach === 'local' && service.reachedFrom.includes('internet'))
      found.push(
        contradiction(
          'high',
          `${where}${spoken(service)} answered to the Internet, and the maker declares that it is for the local network.`,
          [said(declared, `/services/${at}/reach`)],
          [service],
          `${where} reach`,
        ),
      )
    return found
  })
}

/** The narrowest that it is within; -1: none. */
function declarationOf({ transport, port }: Service, services: readonly DeclaredService[]): number {
  let found = -1
  for (const [i, one] of services.entries()) {
    if (one.transport !== transport || port < one.port || port > (one.to ?? one.port)) continue
    if (found < 0 || widthOf(one) < widthOf(services[found]!)) found = i
  }
  return found
}

function widthOf({ port, to }: DeclaredService): number {
  return (to ?? port) - port + 1
}

/** By the names of protocols that have their protection in them. */
function isEncrypted(protocol: string): boolean {
  return /^(?:https|mqtts|tls|dtls|coaps|ssh|sftp|ftps|rtsps|wss|imaps|smtps|ldaps|.*\btls\b.*)$/i.test(protocol.trim())
}

function portsOf({ transport, port, to }: DeclaredService): string {
  return `${transport}/${port}${to === undefined || to === port ? '' : `–${to}`}`
}

function spoken({ protocol }: Service): string {
  return protocol === '' ? '' : ` (${protocolName(protocol)})`
}

function names(open: readonly Service[]): string {
  return list(
    open.map((service) => `${service.transport}/${service.port}${spoken(service)}`),
    8,
  )
}

function asked(scans: readonly Observation<'probe.ports'>[]): string {
  return plural(Math.max(...scans.map(({ data }) => data.asked)), 'TCP port')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
