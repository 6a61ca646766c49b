import type { Check, Finding } from '../checks/check.ts'
import type { NetworkEvidence } from '../evidence/evidence.ts'
import { aNetwork, type DeviceBuilder } from './device.ts'

/** What a check says of a device; fails the test when it says more or less than one thing. */
export function finding(check: Check, device: DeviceBuilder, network: NetworkEvidence = aNetwork()): Finding {
  const said = check.run(device.build(), network)
  if (said.length !== 1) throw new Error(`${check.id} said ${said.length} things: ${JSON.stringify(said)}`)
  return said[0]!
}
