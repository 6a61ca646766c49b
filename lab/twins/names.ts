/**
 * The twins' network: one address each. Addresses of the cloud look public, so that a table of countries has something to say of them,
 * and exist in the lab's namespaces only. Names end in `.example` (RFC 2606): no maker is meant.
 */
export const lan = { router: '192.168.60.1', wan: '84.116.32.7', wanPeer: '84.116.32.1' }

/** Who makes the sound twin, and who the poor one. */
export const makers = ['sound', 'poor'] as const
export type Maker = (typeof makers)[number]

export const things: Record<Maker, { ip: string; mac: string }> = {
  sound: { ip: '192.168.60.11', mac: '94:83:c4:00:60:11' },
  poor: { ip: '192.168.60.12', mac: '94:83:c4:00:60:12' },
}

/** Each maker's servers; the poor one's stand in another country than it says. */
export const servers: Record<Maker, { api: string; www: string; mx: string; updates: string }> = {
  sound: { api: '78.46.91.11', www: '78.46.91.12', mx: '78.46.91.13', updates: '78.46.91.14' },
  poor: { api: '120.25.115.31', www: '120.25.115.32', mx: '120.25.115.33', updates: '120.25.115.34' },
}

export const resolver = '78.46.91.1'
/** Of a company that the poor maker does not name. */
export const tracker = { name: 'www.google-analytics.com', ip: '142.250.74.46' }
