/** Where an address is, seen from the network that was captured. */
export type Scope = 'internet' | 'local' | 'multicast'
export const SCOPES: readonly Scope[] = ['internet', 'local', 'multicast']

/** The other end of what a device did. `name` is how the device knew it: by DNS answer, SNI or Host header. */
export interface Peer {
  ip: string
  name?: string
  port: number
  scope: Scope
}
