/**
 * The ground truth of a capture that the lab made: what each device did, written from the scripts that made it do so and never from
 * what Assay said of it. Every row names a tshark display filter; `lab/truth.test.ts` holds the rows to the capture with it.
 */
type Outcome = 'pass' | 'fail' | 'warn' | 'inconclusive' | 'not-applicable'

interface Must {
  check: string
  /** Any of these is right: where there are two, whether it is a failure or a warning is the check's to say. */
  outcome: Outcome[]
  /** The finding's `about` ("tcp/23"), where a device may have several of one check. */
  about?: string
  /** Text that the finding's reason must hold: a name, a port. */
  says?: string
  because: string
  /** tshark display filter that must match at least one frame. */
  shown: string
}

export interface MustNot {
  check: string
  outcome: Outcome[]
  because: string
  /** tshark display filter that must match no frame. */
  absent?: string
}

interface EndpointTruth {
  name?: string
  ip: string
  port: number
  transport: 'tcp' | 'udp'
  protocol: string
  shown: string
}

interface ServiceTruth {
  port: number
  transport: 'tcp' | 'udp'
  protocol: string
  shown: string
}

export interface DeviceTruth {
  name: string
  mac: string
  ips: string[]
  /** What it is. An audit may know less than this, but nothing else; no vendor where the address is a radio module's. */
  vendor?: string
  category?: string
  does: string
  endpoints: EndpointTruth[]
  services: ServiceTruth[]
  /** Complete for failures and warnings: one that no row here stands for is wrong. Passes are listed where they are certain. */
  mustFind: Must[]
  mustNotFind: MustNot[]
}

export interface Truth {
  schema: 'assay-lab-truth-1'
  capture: string
  seed: string
  /** Devices only: the gateway is not one. */
  gateway: { mac: string; ips: string[] }
  resolver: string
  /** Texts that must not be found in any report: what the devices sent in clear that is secret. */
  secrets: string[]
  devices: DeviceTruth[]
}
