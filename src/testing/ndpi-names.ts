/**
 * nDPI's names for the protocols of our decoders, where they are not ours in other letters ("dns" is its DNS). Several: it has a
 * name for a part, or for the same under another. An entry for a decoder that is not there does no harm, and a decoder without an
 * entry and without a name of its own in nDPI is one that nDPI does not know.
 */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  bacnet: ['BACnet'],
  dns: ['DNS', 'DoH_DoT'],
  enip: ['EthernetIP'],
  'ethernet-ip': ['EthernetIP'],
  ethernetip: ['EthernetIP'],
  ftp: ['FTP_CONTROL'],
  http: ['HTTP', 'HTTP_Connect', 'HTTP_Proxy', 'SOAP', 'WebSocket', 'IPP', 'OCSP'],
  imap: ['IMAP', 'IMAPS'],
  'ip-in-ip': ['IP_in_IP'],
  kasa: ['TPLINK_SHP'],
  miio: ['Xiaomi'],
  nbdgm: ['NetBIOS'],
  nbns: ['NetBIOS'],
  pop3: ['POP3', 'POPS'],
  s7: ['s7comm'],
  s7comm: ['s7comm', 's7commPlus'],
  smtp: ['SMTP', 'SMTPS'],
  tls: ['TLS', 'DoH_DoT', 'IMAPS', 'POPS', 'SMTPS'],
  tuya: ['TUYA_LP'],
  'ws-discovery': ['WSD'],
  wsdiscovery: ['WSD'],
  xmpp: ['Jabber'],
}

/** By nDPI's name, in lower case: ours that it may mean. */
export type Meanings = ReadonlyMap<string, ReadonlySet<string>>

/** What nDPI's names mean, of the protocols given. `known`: all names that this nDPI has. */
export function meanings(protocols: Iterable<string>, known: ReadonlySet<string>): Meanings {
  const out = new Map<string, Set<string>>()
  const existing = new Set([...known].map((name) => name.toLowerCase()))
  for (const protocol of protocols)
    for (const name of OTHER_NAMES[protocol] ?? [protocol]) {
      const lower = name.toLowerCase()
      if (existing.has(lower)) out.set(lower, (out.get(lower) ?? new Set()).add(protocol))
    }
  return out
}
