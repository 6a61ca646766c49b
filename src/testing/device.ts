import type { Dossier } from '../dossier/dossier.ts'
import type { Declared } from '../evidence/declared.ts'
import type { DeviceEvidence, Endpoint, FrameRef, Identity, NetworkEvidence, Observation, Service } from '../evidence/evidence.ts'
import type { Kind, Kinds, Peer } from '../evidence/kinds.ts'
import type { Pointer } from '../evidence/pointer.ts'

/** 2026-01-01T00:00:00Z in microseconds. */
export const START = Date.UTC(2026, 0, 1) * 1000
export const HOUR = 3600e6

/**
 * A device made by hand, for tests of what judges evidence: everything not said is a plain default, every fact gets the next
 * frame numbers as its exemplars.
 */
export function aDevice(
  given: Partial<Pick<DeviceEvidence, 'id' | 'macs' | 'ips'>> & { identity?: Partial<Identity> } = {},
): DeviceBuilder {
  return new DeviceBuilder(given)
}

interface Seen {
  count?: number
  bytes?: number
  exemplars?: Pointer[]
  key?: string
}

export class DeviceBuilder {
  readonly #given: Partial<Pick<DeviceEvidence, 'id' | 'macs' | 'ips'>> & { identity?: Partial<Identity> }
  readonly #endpoints: Endpoint[] = []
  readonly #services: Service[] = []
  readonly #observations: Observation[] = []
  #declared: Declared | undefined
  #frame = 0
  #hours = 1

  constructor(given: Partial<Pick<DeviceEvidence, 'id' | 'macs' | 'ips'>> & { identity?: Partial<Identity> }) {
    this.#given = given
  }

  /** Hours between the device's first and last packet. */
  watched(hours: number): this {
    this.#hours = hours
    return this
  }

  /** By default an answered TLS conversation with a place on the Internet. */
  endpoint(given: Partial<Endpoint> = {}): this {
    this.#endpoints.push({
      ips: ['203.0.113.10'],
      port: 443,
      transport: 'tcp',
      protocol: 'tls',
      protection: 'encrypted',
      scope: 'internet',
      initiator: 'device',
      bytesOut: 8000,
      bytesIn: 24_000,
      packetsOut: 40,
      packetsIn: 40,
      flows: 2,
      answered: 2,
      first: START,
      last: START + HOUR,
      exemplars: this.#frames(2),
      ...given,
    })
    return this
  }

  service(given: Partial<Service> = {}): this {
    this.#services.push({
      port: 80,
      transport: 'tcp',
      protocol: 'http',
      protection: 'clear',
      reachedFrom: ['local'],
      answered: 1,
      exemplars: this.#frames(1),
      ...given,
    })
    return this
  }

  observe<K extends Kind>(kind: K, data: Kinds[K], seen: Seen = {}): this {
    const observation: Observation<K> = {
      kind,
      key: seen.key ?? String(this.#observations.length),
      data,
      count: seen.count ?? 1,
      bytes: seen.bytes ?? 0,
      first: START,
      last: START + HOUR,
      exemplars: seen.exemplars ?? this.#frames(1),
    }
    this.#observations.push(observation)
    return this
  }

  /** What a probe noted: shown by the next entry of its transcript. */
  asked<K extends Kind>(kind: K, key: string, data: Kinds[K]): this {
    return this.observe(kind, data, { key, exemplars: [{ probe: 0, entry: ++this.#frame }] })
  }

  /** What its maker declares, beside its name. */
  declares(dossier: Omit<Dossier, 'schema' | 'product'>, signedBy?: string): this {
    this.#declared = {
      document: 0,
      dossier: { schema: 'assay-dossier-1', product: { vendor: 'Example', model: 'Cam 2' }, ...dossier },
      ...(signedBy === undefined ? {} : { signedBy }),
    }
    return this
  }

  build(): DeviceEvidence {
    const observations = [...this.#observations]
    const endpoints = [...this.#endpoints]
    const sum = (of: (endpoint: Endpoint) => number) => endpoints.reduce((all, endpoint) => all + of(endpoint), 0)
    return {
      id: 'mac-020000000001',
      macs: ['02:00:00:00:00:01'],
      ips: ['192.168.1.20'],
      ...this.#given,
      identity: { confidence: 0, signals: [], ...this.#given.identity },
      endpoints,
      services: [...this.#services],
      packets: sum((endpoint) => endpoint.packetsOut + endpoint.packetsIn),
      bytesOut: sum((endpoint) => endpoint.bytesOut),
      bytesIn: sum((endpoint) => endpoint.bytesIn),
      first: START,
      last: START + this.#hours * HOUR,
      ...(this.#declared === undefined ? {} : { declared: this.#declared }),
      of: <K extends Kind>(kind: K) =>
        observations.filter((observation) => observation.kind === kind) as unknown as Observation<K>[],
    }
  }

  #frames(count: number): FrameRef[] {
    return Array.from({ length: count }, () => ({ capture: 0, frame: ++this.#frame }))
  }
}

export function aNetwork(given: Partial<NetworkEvidence> = {}): NetworkEvidence {
  return {
    gateways: [{ macs: ['02:00:00:00:00:fe'], ips: ['192.168.1.1'] }],
    resolvers: ['192.168.1.1'],
    first: START,
    last: START + HOUR,
    deviceOf: () => undefined,
    ...given,
  }
}

/** By default a named place on the Internet. */
export function peer(given: Partial<Peer> = {}): Peer {
  return { ip: '203.0.113.10', name: 'api.example.com', port: 443, scope: 'internet', ...given }
}

export function localPeer(given: Partial<Peer> = {}): Peer {
  return { ip: '192.168.1.30', port: 80, scope: 'local', ...given }
}
