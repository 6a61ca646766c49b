// Audits the capture named and prints, as JSON, what it took and what it said was bounded. A process of its own, so that the
// peak is this audit's alone.
import { audit } from '../src/audit/audit.ts'

const result = await audit([process.argv[2]!])
process.stdout.write(
  JSON.stringify({
    // kibibytes on Linux
    peakMb: process.resourceUsage().maxRSS / 1024,
    anomalies: Object.fromEntries(result.anomalies.map((a) => [a.kind, a.count])),
    devices: result.devices.map((d) => ({
      id: d.id,
      packets: d.packets,
      observations: d.observations.length,
      endpoints: d.endpoints.length,
      ips: d.ips.length,
      overflow: d.endpoints.some((e) => e.overflow === true),
    })),
    packets: result.network.packets,
    flows: result.network.flows,
  }),
)
