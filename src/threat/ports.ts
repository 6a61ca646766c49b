/*
 * Ports at which botnets look for things to take, from published analyses of Mirai, Gafgyt, Satori, Hajime, Hide'n Seek, Mozi, Reaper,
 * ADB.Miner and their kin. What a port is taken for, at most a few words.
 */

/** Nothing honest calls these at many places of the Internet. */
const RECRUITING_TCP: Readonly<Record<number, string>> = {
  23: 'Telnet',
  26: 'Telnet on another port',
  2323: 'Telnet on another port',
  5358: 'Telnet on another port',
  5555: 'Android Debug Bridge',
  6789: 'Telnet on another port',
  7547: 'TR-069',
  9527: 'a console of cameras',
  23231: 'Telnet on another port',
  37215: 'UPnP of Huawei routers',
  52869: 'UPnP of Realtek devices',
  60001: 'JAWS web servers of recorders',
}
const RECRUITING_UDP: Readonly<Record<number, string>> = {
  9034: 'a debug daemon of Realtek devices',
  53413: 'the back door of Netis routers',
}

/** These as well, but there are honest reasons to call them. */
const LIKELY_TCP: Readonly<Record<number, string>> = {
  21: 'FTP',
  22: 'SSH',
  80: 'HTTP',
  81: 'HTTP of cameras',
  82: 'HTTP',
  85: 'HTTP',
  88: 'HTTP',
  2222: 'SSH on another port',
  5431: 'UPnP of Broadcom routers',
  5500: 'UPnP of routers',
  5984: 'CouchDB',
  6379: 'Redis',
  7574: 'TR-069 on another port',
  8000: 'HTTP',
  8080: 'HTTP',
  8081: 'HTTP',
  8181: 'HTTP',
  8291: 'Winbox of MikroTik routers',
  8443: 'HTTPS',
  8888: 'HTTP',
  9000: 'HTTP',
  34567: 'XiongMai recorders',
  49152: 'UPnP',
  55442: 'HTTP',
  55555: 'HTTP',
}

const NAMES_TCP: Readonly<Record<number, string>> = {
  ...LIKELY_TCP,
  ...RECRUITING_TCP,
  443: 'HTTPS',
  445: 'Windows shares',
  554: 'RTSP',
  1433: 'SQL Server',
  1883: 'MQTT',
  3306: 'MySQL',
  3389: 'Remote Desktop',
  8883: 'MQTT over TLS',
}
const NAMES_UDP: Readonly<Record<number, string>> = { ...RECRUITING_UDP, 161: 'SNMP', 1900: 'SSDP', 5060: 'SIP', 5683: 'CoAP' }

/** How a port is looked at; 0 like any other. */
export const RECRUITING = 1
export const LIKELY = 2
/** HTTPS: the Internet itself. */
export const WEB = 3
/** Asked at many places by things that are well, without an answer where a network blocks it: DNS, NTP, QUIC, STUN. */
export const NEVER = 4

export const TCP_PORTS = kinds(
  [RECRUITING, RECRUITING_TCP],
  [LIKELY, LIKELY_TCP],
  [WEB, { 443: '' }],
  [NEVER, { 53: '', 853: '' }],
)
export const UDP_PORTS = kinds(
  [RECRUITING, RECRUITING_UDP],
  [NEVER, { 53: '', 80: '', 123: '', 443: '', 853: '', 3478: '', 3479: '' }],
)

function kinds(...of: (readonly [kind: number, ports: Readonly<Record<number, string>>])[]): Uint8Array {
  const all = new Uint8Array(65536)
  for (const [kind, ports] of of) for (const port of Object.keys(ports)) all[Number(port)] = kind
  return all
}

/** 'TCP port 23 (Telnet)'. */
export function portWords(transport: 'tcp' | 'udp', port: number): string {
  const name = (transport === 'tcp' ? NAMES_TCP : NAMES_UDP)[port]
  return `${transport.toUpperCase()} port ${port}${name === undefined ? '' : ` (${name})`}`
}

export function listOfRecruiting(): string {
  return Object.keys(RECRUITING_TCP).join(', ')
}

export function isRecruiting(transport: 'tcp' | 'udp', port: number): boolean {
  return (transport === 'tcp' ? TCP_PORTS : UDP_PORTS)[port] === RECRUITING
}
