import type { DeviceKinds } from './asked/device.ts'
import type { MakerKinds } from './asked/maker.ts'
import type { PathKinds } from './asked/path.ts'
import type { TlsKinds } from './asked/tls.ts'
import type { Peer } from './peer.ts'
import type { SignFacts } from './sign.ts'

export { type Peer, type Scope, SCOPES } from './peer.ts'

/** The device opened the conversation (client) or answered (server). */
export type Role = 'client' | 'server'

/** 'clear': readable by anyone on the path. 'broken': encrypted by something with published keys or none (Kasa's XOR). */
export type Protection = 'encrypted' | 'broken' | 'clear' | 'unknown'

export interface CertificateFacts {
  subject: string
  issuer: string
  /** dNSName and iPAddress entries, or the common name where there are none. */
  names: string[]
  /** Microseconds since 1970. */
  notBefore: number
  notAfter: number
  selfSigned: boolean
  keyType: string
  keyBits: number
  signatureAlgorithm: string
  sha256: string
  chainLength: number
  /** Judged at the packet's own time and against the name the client asked for. */
  problems: ('expired' | 'not-yet-valid' | 'self-signed' | 'wrong-name' | 'weak-key' | 'weak-signature')[]
  /** The certificates sent behind it, as sent; at most 4. */
  issuers?: readonly IssuerFacts[]
}

/** A certificate that a server sent behind its own. `out-of-order`: it is not the one that issued the certificate before it. */
export interface IssuerFacts {
  subject: string
  notBefore: number
  notAfter: number
  selfSigned: boolean
  keyType: string
  keyBits: number
  signatureAlgorithm: string
  problems: (CertificateFacts['problems'][number] | 'out-of-order')[]
}

export interface TlsFacts {
  peer: Peer
  transport: 'tcp' | 'quic' | 'dtls'
  sni?: string
  /**
   * The hello has an encrypted one within (ECH, RFC 9849), or what looks like it (GREASE, section 6.2): `sni` may be the outer, public
   * name only, and is not taken for the server's.
   */
  ech?: boolean
  alpn: readonly string[]
  /** Highest version offered and the version chosen: 'SSL 3.0', 'TLS 1.0' … 'TLS 1.3'. */
  versionOffered?: string
  versionChosen?: string
  /** IANA name of the suite chosen. */
  suite?: string
  /** IANA name of the group in which the keys were agreed. */
  group?: string
  /** Keys that a quantum computer would not give away later (ML-KEM, alone or beside a curve): the client sent a share, or they were chosen. */
  postQuantum?: 'offered' | 'chosen'
  /** Why the chosen version or suite is weak, in plain words; empty when it is not. Only for what was chosen. */
  weak: readonly string[]
  /** Weak suites offered (RC4, 3DES, export, NULL, anonymous), IANA names, at most 8. */
  weakOffered: readonly string[]
  ja4?: string
  /**
   * The handshake was finished and the client went on to send application data: it accepted the server. Its Finished alone does not
   * show that: many clients look at the certificate or its name only then, and leave.
   */
  completed: boolean
  certificate?: CertificateFacts
  /** The client's Finished was seen, whether or not it went on. */
  finished?: boolean
  /** An earlier session was taken up again: no certificate was shown. */
  resumed?: boolean
  /** False: who gets the server's private key later can read what was recorded (static RSA or DH; RFC 9325 4.1 SHOULD NOT). */
  forwardSecrecy?: boolean
  /** 'tls.server': the device's own port (`peer.port` is the client's). */
  servedPort?: number
  /** Alert that ended the handshake, RFC 8446 name ('encrypted' where only its presence can be told), and who sent it. */
  alert?: { by: Role; name: string }
}

/** Protocols by which things are controlled on their network, each of one maker's or project's. */
export type LanProtocol =
  | 'tuya'
  | 'kasa'
  | 'miio'
  | 'wemo'
  | 'adb'
  | 'lifx'
  | 'yeelight'
  | 'esphome'
  | 'wiz'
  | 'govee'
  | 'tapo'
  | 'broadlink'
  | 'roku'

/**
 * Kinds of observation: what a device was seen to do or to be. One type a kind: this table is the contract between those who
 * observe (evidence/observe/*) and those who judge (checks/*). A kind's key (what makes two sightings the same fact) is chosen
 * by its observer. Everything here has passed decode/text.ts, and no secret is in it: see `mask`.
 */
export interface Kinds extends DeviceKinds, TlsKinds, PathKinds, MakerKinds {
  /** Device asked `resolver` for `name`. `answers`: addresses and aliases seen in the answer. */
  'dns.query': {
    name: string
    type: string
    resolver: Peer
    transport: 'udp' | 'tcp'
    answers: readonly string[]
    rcode?: string
  }
  /**
   * It spoke with a resolver in encryption: what it asked is not seen. `known` how that was told: by the port or the protocol offered
   * (DoT, DoQ), by the name or address of a public resolver, or only by a name that looks like one.
   */
  'dns.encrypted': {
    resolver: Peer
    how: 'DoT' | 'DoH' | 'DoQ'
    known: 'port' | 'protocol' | 'name' | 'address' | 'likely-name'
    /** The connection went on to carry data. */
    completed: boolean
  }
  /** DHCP or DHCPv6 client. `parameters`: option 55 in order; `gaveResolvers` what the network told it to use. */
  'dhcp.client': {
    hostname?: string
    vendorClass?: string
    parameters: readonly number[]
    clientId?: string
    gaveResolvers: readonly string[]
    version: 4 | 6
  }
  /** A name or description that the device announces to everyone near. */
  name: { via: 'dhcp' | 'mdns' | 'llmnr' | 'nbns' | 'ssdp' | 'upnp' | 'http' | 'wsd' | 'lan'; name: string }
  /** DNS-SD service announced: `_hap._tcp`, instance name and TXT pairs (values of at most 128 characters). */
  'mdns.service': { type: string; instance: string; port?: number; txt: Record<string, string> }
  ssdp: { type: 'notify' | 'response' | 'search'; target: string; server?: string; location?: string; usn?: string }
  'upnp.device': {
    friendlyName?: string
    manufacturer?: string
    modelName?: string
    modelNumber?: string
    serial?: string
    deviceType?: string
  }
  /** SOAP action asked of `peer` (role client) or received (role server). */
  'upnp.action': {
    role: Role
    peer: Peer
    service: string
    action: string
    externalPort?: number
    internalPort?: number
    mapProtocol?: string
    internalClient?: string
  }
  'tls.client': TlsFacts
  'tls.server': TlsFacts
  /** Clear HTTP request by the device and the answer. `path` without query values. */
  'http.client': {
    peer: Peer
    method: string
    host?: string
    path: string
    agent?: string
    authorization?: string
    status?: number
    server?: string
    contentType?: string
  }
  /** Clear HTTP answered by the device. `authentication`: the scheme it demands (401), 'none' when it served without. */
  'http.server': {
    peer: Peer
    port: number
    server?: string
    authentication?: string
    status?: number
    path: string
    title?: string
  }
  /** Credentials readable on the wire. `user` and `secret` masked. `known`: the published default pair list that holds this pair. */
  credential: {
    role: Role
    peer: Peer
    protocol: string
    scheme: string
    user?: string
    secret?: string
    known?: string
    accepted: 'yes' | 'no' | 'unknown'
  }
  /** A log-in attempt's fate where the protocol shows it (count = attempts). */
  login: { role: Role; peer: Peer; protocol: string; outcome: 'accepted' | 'refused' | 'unknown' }
  /** Personal data or an identifier sent by the device in clear. `masked` shows no secret; `where`: path, header, body, topic… */
  personal: {
    what: 'mac' | 'serial' | 'email' | 'phone' | 'coordinates' | 'ssid' | 'canary'
    masked: string
    peer: Peer
    protocol: string
    where: string
  }
  /** Something that looks like firmware or an update image, or an update check. */
  firmware: { peer: Peer; url: string; protection: Protection; what: 'image' | 'check'; why: string; size?: number }
  /** Software that it says it runs, in its maker's words for the version; `via`: where it said so. */
  software: { product: string; version: string; via: string }
  ntp: { peer: Peer; version: number; authenticated: boolean; role: Role }
  'mqtt.session': {
    role: Role
    peer: Peer
    clientId: string
    version: string
    user?: string
    hasPassword: boolean
    result?: string
  }
  'mqtt.topic': { peer: Peer; topic: string; direction: 'publish' | 'subscribe' | 'receive' }
  /** Any other application protocol seen, with what it said of itself (software, version, resource, stream path). */
  protocol: { protocol: string; role: Role; peer: Peer; detail: Record<string, string> }
  /** Proprietary LAN protocol. */
  lan: {
    protocol: LanProtocol
    role: Role
    peer: Peer
    protection: Protection
    detail: Record<string, string>
  }
  /**
   * Asked of a machine or building by its protocol, or taken by it. `deed`: looked for, read, changed, commanded, halted or
   * restarted, given a program. `authentication`: 'none' where nobody had to show who he is.
   */
  control: {
    role: Role
    peer: Peer
    protocol: string
    deed: 'find' | 'read' | 'write' | 'command' | 'stop' | 'program'
    operation: string
    outcome: 'done' | 'refused' | 'unknown'
    authentication: 'none' | 'used' | 'unknown'
  }
  /** An IPv6 address of the device. `eui64`: its interface identifier is the hardware address (RFC 4291 appendix A). */
  address: { ip: string; scope: 'global' | 'ula' | 'link-local'; eui64: boolean }
  /** A trace of misuse: see sign.ts. Threats are made of them. */
  sign: SignFacts
  /** Bytes of a UTC day ('2026-11-23'); and of an hour ('2026-11-23T05'). */
  'traffic.day': { day: string; bytesOut: number; bytesIn: number; packets: number; internetBytes: number }
  'traffic.hour': { hour: string; bytesOut: number; bytesIn: number; packets: number; internetBytes: number }
}
export type Kind = keyof Kinds

/** A secret as it may be stored and shown: first character and length, nothing else. `mask('hunter2')` is 'h…(7)'. */
export function mask(secret: string): string {
  return secret === '' ? '(empty)' : `${String.fromCodePoint(secret.codePointAt(0)!)}…(${secret.length})`
}

/** Every kind, in the order in which reports list them (checked to be complete). */
export const KINDS = Object.keys({
  'dns.query': 0,
  'dns.encrypted': 0,
  'dhcp.client': 0,
  name: 0,
  address: 0,
  'mdns.service': 0,
  ssdp: 0,
  'upnp.device': 0,
  'upnp.action': 0,
  'tls.client': 0,
  'tls.server': 0,
  'http.client': 0,
  'http.server': 0,
  credential: 0,
  login: 0,
  personal: 0,
  firmware: 0,
  software: 0,
  ntp: 0,
  'mqtt.session': 0,
  'mqtt.topic': 0,
  protocol: 0,
  lan: 0,
  control: 0,
  sign: 0,
  'traffic.day': 0,
  'traffic.hour': 0,
  'probe.ports': 0,
  'probe.service': 0,
  'probe.login': 0,
  'probe.lockout': 0,
  'probe.page': 0,
  'probe.accessibility': 0,
  'probe.interface': 0,
  'probe.tls': 0,
  'probe.tls-ports': 0,
  'probe.impostor': 0,
  'probe.cut': 0,
  'site.https': 0,
  'site.headers': 0,
  'site.security-txt': 0,
  'site.csaf': 0,
  'mail.domain': 0,
  'site.dns': 0,
  'probe.trouble': 0,
} satisfies Record<Kind, 0>) as Kind[]
