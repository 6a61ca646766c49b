import type { Context, Party } from '../context.ts'
import type { Kinds, TlsFacts } from '../kinds.ts'
import { isResolverAddress, isResolverName, looksLikeResolver } from '../resolvers.ts'
import { called } from './called.ts'

const DNS_PORT = 853
const HTTPS_PORT = 443
/** ALPN of DNS over QUIC (RFC 9250 section 4.1.1), and over TLS (registered for RFC 7858). */
const DOQ = 'doq'
const DOT = 'dot'

/**
 * DNS inside TLS, DTLS or QUIC is known by where it goes and what is offered, never by content. Told of each connection as it begins and,
 * once, when it goes on to carry data.
 */
export function observeEncryptedDns(
  client: Party,
  server: Party,
  facts: Omit<TlsFacts, 'peer'>,
  completed: boolean,
  frame: number,
  context: Context,
): void {
  const told = howTold(server, facts)
  if (told === undefined) return
  // an outer name is nobody's here
  const resolver = called(context.peer(server, client), facts.ech ? {} : facts)
  const data: Kinds['dns.encrypted'] = { resolver, ...told, completed }
  const key = `${told.how} ${told.known} ${resolver.name ?? resolver.ip} ${resolver.port}`
  const update = (kept: Kinds['dns.encrypted']) => {
    kept.completed ||= completed
  }
  context.add(client, 'dns.encrypted', key, data, frame, { update })
}

function howTold(server: Party, facts: Omit<TlsFacts, 'peer'>): Pick<Kinds['dns.encrypted'], 'how' | 'known'> | undefined {
  const quic = facts.transport === 'quic'
  if (quic ? facts.alpn.some((name) => name === DOQ || name.startsWith(`${DOQ}-i`)) : facts.alpn.includes(DOT))
    return { how: quic ? 'DoQ' : 'DoT', known: 'protocol' }
  if (server.port === DNS_PORT) return { how: quic ? 'DoQ' : 'DoT', known: 'port' }
  if (server.port !== HTTPS_PORT || facts.transport === 'dtls') return undefined
  // an outer name is not the one that is meant
  const sni = facts.ech ? undefined : facts.sni
  if (sni !== undefined && isResolverName(sni)) return { how: 'DoH', known: 'name' }
  if (sni === undefined && isResolverAddress(server.ip)) return { how: 'DoH', known: 'address' }
  if (sni !== undefined && looksLikeResolver(sni) && facts.alpn.some((name) => name === 'h2' || name === 'h3'))
    return { how: 'DoH', known: 'likely-name' }
  return undefined
}
