import type { Kinds, TlsFacts } from '../evidence/kinds.ts'
import { type DeviceBuilder, localPeer, peer, START } from './device.ts'

/** One thing that a device was seen to do. */
export type Fact = (device: DeviceBuilder) => DeviceBuilder

const tls: TlsFacts = {
  peer: peer(),
  transport: 'tcp',
  sni: 'api.example.com',
  alpn: [],
  versionChosen: 'TLS 1.3',
  suite: 'TLS_AES_128_GCM_SHA256',
  weak: [],
  weakOffered: [],
  completed: true,
}
const certificate = {
  subject: 'CN=x',
  issuer: 'CN=x',
  names: ['x'],
  notBefore: 0,
  notAfter: 0,
  selfSigned: true,
  keyType: 'EC',
  keyBits: 256,
  signatureAlgorithm: '',
  sha256: '00',
  chainLength: 1,
}
const clear = { protocol: 'http', protection: 'clear', port: 80 } as const
const lan = { role: 'server', peer: localPeer(), detail: {} } as const
const credential = { protocol: 'telnet', scheme: 'prompt', user: 'r…(4)', secret: 'x…(6)', known: 'Mirai source code' } as const
const firmware = { peer: peer(), url: 'http://api.example.com/fw.bin', why: 'path' } as const
const login = { peer: localPeer(), protocol: 'telnet', role: 'server' } as const
const personal = { masked: 'a…(9)', protocol: 'http', where: 'body' } as const
const mapping = {
  role: 'client',
  peer: localPeer({ port: 5000 }),
  service: 'urn:x',
  action: 'AddPortMapping',
  externalPort: 9,
  mapProtocol: 'TCP',
} as const
const session = { role: 'server', peer: localPeer(), clientId: 'x', version: '3.1.1', result: 'accepted' } as const
const page = { peer: localPeer(), port: 80, status: 200 } as const
const company = { company: 'Example', category: 'social', tracker: false }

/** What speaks for a device, or is neither good nor bad. */
export const good: readonly Fact[] = [
  (d) => d.endpoint(),
  (d) => d.endpoint({ scope: 'local' }),
  (d) => d.endpoint({ protocol: 'high-entropy', protection: 'unknown' }),
  (d) => d.endpoint({ answered: 0 }),
  (d) => d.observe('tls.client', tls),
  (d) =>
    d.observe('tls.client', {
      ...tls,
      completed: false,
      alert: { by: 'client', name: 'unknown_ca' },
      certificate: { ...certificate, problems: ['self-signed'] },
    }),
  (d) =>
    d.observe(
      'dns.query',
      { name: 'x.example', type: 'A', resolver: localPeer({ ip: '192.168.1.1', port: 53 }), transport: 'udp', answers: [] },
      { count: 5 },
    ),
  (d) => d.observe('firmware', { ...firmware, protection: 'encrypted', what: 'image' }),
  (d) => d.observe('ntp', { peer: peer(), version: 4, authenticated: true, role: 'client' }),
  (d) => d.observe('lan', { ...lan, protocol: 'tuya', protection: 'encrypted' }),
  (d) => d.observe('http.server', { ...page, path: '/x', status: 401, authentication: 'Digest' }),
  (d) => d.observe('mqtt.session', { ...session, hasPassword: true }),
  (d) => d.observe('login', { ...login, outcome: 'refused' }, { count: 3 }),
  (d) => d.observe('credential', { ...credential, role: 'server', peer: localPeer(), accepted: 'no' }),
  (d) => d.observe('mdns.service', { type: '_matter._tcp', instance: 'x', txt: {} }),
  (d) => d.observe('name', { via: 'mdns', name: 'lamp' }),
  (d) => d.observe('address', { ip: '2001:db8::1234', scope: 'global', eui64: false }),
  // what another thing at home demands
  (d) => d.endpoint({ ...clear, scope: 'local' }),
  (d) => d.observe('lan', { ...lan, protocol: 'kasa', protection: 'broken', role: 'client' }),
  (d) => d.observe('credential', { ...credential, role: 'client', peer: localPeer(), accepted: 'yes' }),
  (d) => d.endpoint({ thirdParty: company }),
  (d) => d.service(),
  (d) => d.watched(48),
]

/** Somebody logged in: nothing by itself, much after guessing. */
export const entered: Fact = (d) => d.observe('login', { ...login, outcome: 'accepted' })

const guesses: Kinds['sign'] = {
  detector: 'guessing',
  what: 'telnet',
  role: 'source',
  peer: peer({ port: 23 }),
  port: 23,
  detail: { pairs: 10, listed: 10, hidden: 0, peers: 1 },
  raised: { time: START, frame: { capture: 0, frame: 1 } },
}

/** What speaks against it. */
export const bad: readonly Fact[] = [
  (d) => d.endpoint(clear),
  (d) => d.endpoint({ ...clear, scope: 'local', initiator: 'peer' }),
  (d) => d.endpoint({ protocol: 'text', protection: 'unknown' }),
  (d) => d.endpoint({ thirdParty: { ...company, category: 'ad', tracker: true } }),
  (d) => d.observe('tls.client', { ...tls, weakOffered: ['TLS_RSA_WITH_RC4_128_MD5'] }),
  (d) => d.observe('tls.client', { ...tls, versionChosen: 'TLS 1.0', weak: ['old'] }),
  (d) => d.observe('tls.client', { ...tls, versionChosen: 'SSL 3.0', weak: ['older'] }),
  (d) => d.observe('tls.server', { ...tls, peer: localPeer(), weak: ['old'] }),
  (d) => d.observe('tls.client', { ...tls, certificate: { ...certificate, problems: ['expired'] } }),
  (d) => d.observe('tls.client', { ...tls, peer: localPeer(), certificate: { ...certificate, problems: ['self-signed'] } }),
  (d) => d.observe('credential', { ...credential, role: 'client', peer: peer(), accepted: 'unknown' }),
  (d) => d.observe('credential', { ...credential, role: 'server', peer: localPeer(), accepted: 'yes' }),
  (d) => d.observe('credential', { ...credential, role: 'server', peer: localPeer(), accepted: 'unknown' }),
  (d) => d.observe('login', { ...login, outcome: 'refused' }, { count: 500 }),
  (d) => d.observe('personal', { ...personal, what: 'email', peer: peer() }),
  (d) => d.observe('personal', { ...personal, what: 'mac', peer: localPeer() }),
  (d) => d.observe('firmware', { ...firmware, protection: 'clear', what: 'check' }),
  (d) => d.observe('firmware', { ...firmware, protection: 'clear', what: 'image' }),
  (d) => d.observe('upnp.action', mapping),
  (d) => d.observe('upnp.action', { ...mapping, internalPort: 23 }),
  (d) => d.observe('upnp.action', { ...mapping, role: 'server', action: 'SetTarget' }),
  (d) => d.observe('mqtt.session', { ...session, hasPassword: false }),
  (d) => d.observe('lan', { ...lan, protocol: 'kasa', protection: 'broken' }),
  (d) => d.observe('http.server', { ...page, path: '/config', authentication: 'none' }),
  (d) => d.service({ protocol: 'telnet', port: 23 }),
  (d) => d.service({ protocol: '', protection: 'unknown', port: 2323 }),
  (d) =>
    d.service({ protocol: 'rtsp', port: 554 }).endpoint({ protocol: 'rtsp', protection: 'clear', port: 554, initiator: 'peer' }),
  (d) => d.endpoint({ transport: 'udp', port: 9, protocol: '', protection: 'unknown', initiator: 'peer' }),
  (d) => d.observe('sign', guesses, { count: 500 }),
]
