import type { Peer, TlsFacts } from '../kinds.ts'

/** The other end by the name that it was asked for, which may be the outer one of many (tls.ts, `nameServer`). */
export function called(peer: Peer, { ech, sni }: Pick<TlsFacts, 'ech' | 'sni'>): Peer {
  const name = ech ? (peer.name ?? sni) : (sni ?? peer.name)
  return name === undefined || name === peer.name ? peer : { ip: peer.ip, name, port: peer.port, scope: peer.scope }
}
