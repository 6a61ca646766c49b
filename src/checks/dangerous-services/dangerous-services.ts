import type { DeviceEvidence, Observation, Service } from '../../evidence/evidence.ts'
import { FULL_SCAN } from '../asked.ts'
import type { Check, Finding, Severity } from '../check.ts'
import { fail, inconclusive, unanswered, warn } from '../finding.ts'
import { scanOf } from '../scan.ts'
import { callsFromInternet } from '../traffic.ts'
import { list, plural, protocolName, tally, times } from '../words.ts'

interface Danger {
  name: string
  /** At home; one step more where it was reached from the Internet. */
  severity: Exclude<Severity, 'info' | 'critical'>
  why: string
}

/**
 * High: gives control or files to whoever can reach it, with a password in clear or none; what botnets look for first.
 * Medium: gives pictures, settings or a way to change some. Severities are argued against a listener inside the home.
 */
const BY_PROTOCOL: Readonly<Record<string, Danger>> = {
  telnet: { name: 'Telnet', severity: 'high', why: 'a command line with its password in clear' },
  rlogin: { name: 'rlogin', severity: 'high', why: 'a command line that trusts addresses' },
  ftp: { name: 'FTP', severity: 'high', why: 'files with the password in clear' },
  tftp: { name: 'TFTP', severity: 'high', why: 'files without any password' },
  adb: { name: 'Android Debug Bridge', severity: 'high', why: 'a command line for developers' },
  vnc: { name: 'VNC', severity: 'high', why: 'the screen and its controls' },
  rtsp: { name: 'RTSP', severity: 'medium', why: 'pictures and sound in clear' },
  snmp: { name: 'SNMP v1 or v2c', severity: 'medium', why: 'settings behind a community name in clear' },
  // that they are answered does not show that they are obeyed: openMachines
  modbus: { name: 'Modbus', severity: 'medium', why: 'readings and switches, in a protocol without log-in or encryption' },
  bacnet: { name: 'BACnet/IP', severity: 'medium', why: 'readings and settings, in a protocol without log-in or encryption' },
  knxip: { name: 'KNXnet/IP', severity: 'medium', why: 'the switches of a building, without log-in or encryption' },
  enip: { name: 'EtherNet/IP', severity: 'medium', why: 'readings and commands, in a protocol without log-in or encryption' },
  dnp3: { name: 'DNP3', severity: 'medium', why: 'readings and commands, without log-in or encryption' },
  s7: { name: 'S7 communication', severity: 'medium', why: 'values and programs, without encryption, and a password at most' },
}

/** Where only the port is known: it answered, and said nothing that could be recognised. */
const BY_PORT: Readonly<Record<string, string>> = {
  'tcp/21': 'ftp',
  'tcp/23': 'telnet',
  'tcp/2323': 'telnet',
  'tcp/513': 'rlogin',
  'tcp/554': 'rtsp',
  'tcp/5555': 'adb',
  'tcp/5900': 'vnc',
  'udp/69': 'tftp',
  'udp/161': 'snmp',
}

export const dangerousServices: Check = {
  id: 'dangerous-services',
  title: 'Dangerous services',
  facet: 'security',
  looksFor:
    'Telnet, rlogin, FTP, TFTP, Android Debug Bridge, VNC, RTSP, SNMP v1 and v2c, MQTT without a password, UPnP control that anyone may use, and protocols of machines and buildings without a log-in (Modbus, BACnet/IP, KNXnet/IP, EtherNet/IP, DNP3, S7).',
  why: 'These services have no protection or an outdated one; Mirai and its kin grew on the first of them.',
  remedy:
    'Maker: remove the service, or replace it by one with encryption and authentication (SSH, HTTPS, SNMPv3, RTSP over TLS). Owner: switch it off; if you cannot, fence the device off.',
  passNeeds: 'Never passes from traffic: a service that nobody tried is not closed.',
  run(device) {
    const findings = [
      ...device.services.flatMap((service) => (isObeyed(service, device) ? [] : dangerOf(service, device))),
      ...openMachines(device),
      ...openBrokers(device),
      ...openControl(device),
    ]
    if (findings.length > 0) return findings
    const seen = device.services
    const reason =
      seen.length === 0
        ? 'No service was seen to answer.'
        : `None of the ${plural(seen.length, 'service')} that answered (${list(seen.map(portOf))}) is a dangerous one; others may be open.`
    const most = Math.max(0, ...device.of('probe.ports').map(({ data }) => (data.transport === 'tcp' ? data.asked : 0)))
    const next =
      most > 0
        ? `Ask more of its ports: assay probe HOST ${most < FULL_SCAN ? '--full' : '--ports all'}`
        : `Scan its ports from the same network while capturing: "${scanOf(device)}".`
    return [inconclusive(reason, next, seen)]
  },
}

function portOf(service: Service): string {
  return `${service.transport}/${service.port}`
}

function dangerOf(service: Service, device: DeviceEvidence): Finding[] {
  const port = portOf(service)
  const known = BY_PROTOCOL[service.protocol]
  const abroad = callsFromInternet(device, service).length > 0
  const often = `${times(service.answered)}${abroad ? ', also to the Internet' : ''}`
  const shown = service.protocol === 'rtsp' && service.protection !== 'encrypted' ? openStreams(device) : []
  const described = service.protocol === 'rtsp' ? offered(device, 'rtsp').filter(({ data }) => data.port === service.port) : []
  if (shown.length === 0 && described.length > 0) {
    const reason = `Shows pictures by RTSP on ${port} to anyone, without a log-in: ${list(described.map(({ data }) => data.what))}.`
    return [fail(abroad ? 'critical' : 'high', reason, [...described, service], port)]
  }
  if (shown.length > 0) {
    const reason = `Shows pictures by RTSP on ${port} to anyone, without a log-in: ${list(shown.map(({ data }) => data.detail['open']!))}.`
    return [fail(abroad ? 'critical' : 'high', reason, [...shown, service], port)]
  }
  // FTP after AUTH TLS, ADB with TLS
  if (service.protection === 'encrypted') return []
  if (known !== undefined) {
    if (service.protocol === 'snmp' && isSnmp3(device)) return []
    if (isGuarded(service.protocol, device)) return []
    return [
      fail(
        abroad ? worse(known.severity) : known.severity,
        `Offers ${known.name} on ${port} (${known.why}); answered ${often}.`,
        [service],
        port,
      ),
    ]
  }
  const guess = service.protocol === '' ? BY_PROTOCOL[BY_PORT[port] ?? ''] : undefined
  if (guess === undefined) return []
  const mute = device
    .of('probe.trouble')
    .find(({ data }) => data.probe === 'services' && (data.about === port || data.about === 'all'))
  if (mute !== undefined)
    return [
      unanswered(
        `Something listens on ${port}, the port of ${guess.name}; what it is could not be asked: ${mute.data.reason}.`,
        mute.data.next,
        [mute, service],
        port,
      ),
    ]
  return [
    warn(
      abroad ? worse(guess.severity) : guess.severity,
      `Answers on ${port}, the port of ${guess.name} (${guess.why}); nothing was said that would prove it. Answered ${often}.`,
      [service],
      port,
    ),
  ]
}

function worse(severity: Danger['severity']): Exclude<Severity, 'info'> {
  return severity === 'high' ? 'critical' : severity === 'medium' ? 'high' : 'medium'
}

/** Streams that were described or begun without credentials. */
function openStreams(device: DeviceEvidence): Observation<'protocol'>[] {
  return device
    .of('protocol')
    .filter(({ data }) => data.protocol === 'rtsp' && data.role === 'server' && data.detail['open'] !== undefined)
}

function isSnmp3(device: DeviceEvidence): boolean {
  const spoken = device.of('protocol').filter(({ data }) => data.protocol === 'snmp' && data.role === 'server')
  return spoken.length > 0 && spoken.every(({ data }) => data.detail['version']?.includes('3') === true)
}

/** A broker that takes anyone: every topic may be read, and commands given. */
function openBrokers(device: DeviceEvidence): Finding[] {
  const open = device
    .of('mqtt.session')
    .filter(({ data }) => data.role === 'server' && !data.hasPassword && isAccepted(data.result))
  const asked = offered(device, 'mqtt')
  if (open.length === 0 && asked.length > 0)
    return [
      fail(
        'high',
        `Its MQTT broker lets anyone in without a password: ${list(asked.map(({ data }) => data.what))}.`,
        asked,
        'mqtt',
      ),
    ]
  if (open.length === 0) return []
  const abroad = open.some(({ data }) => data.peer.scope === 'internet')
  const who = list(open.map(({ data }) => `"${data.clientId}" from ${data.peer.ip}`))
  return [fail(abroad ? 'critical' : 'high', `Its MQTT broker let clients in without a password: ${who}.`, open, 'mqtt')]
}

/** What changes something, or stops it. */
const CHANGES: ReadonlySet<string> = new Set(['write', 'command', 'stop', 'program'])

function obeyed(device: DeviceEvidence): Observation<'control'>[] {
  return device
    .of('control')
    .filter(
      ({ data }) => data.role === 'server' && data.outcome === 'done' && data.authentication === 'none' && CHANGES.has(data.deed),
    )
}

function isObeyed(service: Service, device: DeviceEvidence): boolean {
  return obeyed(device).some(({ data }) => data.protocol === service.protocol)
}

/** KNX IP Secure and DNP3's secure authentication: the same protocols, with what they lack. */
function isGuarded(protocol: string, device: DeviceEvidence): boolean {
  const secured = device
    .of('protocol')
    .some(
      ({ data }) =>
        data.protocol === protocol &&
        (data.detail['security'] === 'KNX IP Secure' || data.detail['secured services'] !== undefined),
    )
  return (
    secured ||
    device
      .of('control')
      .some(({ data }) => data.protocol === protocol && data.role === 'server' && data.authentication === 'used')
  )
}

/** Machines and buildings that do what anyone says: no log-in was asked for, and it was done. */
function openMachines(device: DeviceEvidence): Finding[] {
  return [...Map.groupBy(obeyed(device), ({ data }) => data.protocol)].map(([protocol, of]) => {
    const abroad = of.some(({ data }) => data.peer.scope === 'internet')
    const what = tally(of.map(({ data, count }) => ({ text: data.operation, count })))
    const who = list(of.map(({ data }) => data.peer.name ?? data.peer.ip))
    return fail(
      abroad ? 'critical' : 'high',
      `Obeyed ${who} by ${protocolName(protocol)} without any log-in: ${what}.`,
      of,
      `control-${protocol}`,
    )
  })
}

/** What it gave to anybody when it was asked by such a protocol. */
function offered(device: DeviceEvidence, protocol: string): Observation<'probe.interface'>[] {
  return device.of('probe.interface').filter(({ data }) => data.protocol === protocol)
}

function isAccepted(result: string | undefined): boolean {
  return result !== undefined && /^(accepted|success|0\b)/i.test(result)
}

/** SOAP actions that change something, obeyed for anyone on the network: UPnP has no authentication of its own. */
function openControl(device: DeviceEvidence): Finding[] {
  // Wemo's control is SOAP: broken-lan-protocol tells it already
  if (device.of('lan').some(({ data }) => data.protocol === 'wemo')) return []
  const obeyed: Observation<'upnp.action'>[] = device
    .of('upnp.action')
    .filter(({ data }) => data.role === 'server' && !/^(get|query|browse|search)/i.test(data.action))
  const answered = offered(device, 'upnp').filter(({ data }) => data.gives === 'control')
  if (obeyed.length === 0 && answered.length > 0)
    return [
      fail(
        'medium',
        `Takes UPnP control from anyone on the network: ${list(answered.map(({ data }) => data.what))}.`,
        answered,
        'upnp-control',
      ),
    ]
  if (obeyed.length === 0) return []
  return [
    fail(
      'medium',
      `Takes UPnP control from anyone on the network: ${list(obeyed.map(({ data }) => data.action))}.`,
      obeyed,
      'upnp-control',
    ),
  ]
}
