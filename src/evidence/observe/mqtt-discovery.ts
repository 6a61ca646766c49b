import type { Context, Party } from '../context.ts'
import { observeGivenName, tell } from './lan.ts'
import { observeSoftware } from './software.ts'

/** Home Assistant's discovery (homeassistant/COMPONENT/[NODE/]OBJECT/config) and Tasmota's own (tasmota/discovery/MAC/config). */
const TOPIC = /^(?:homeassistant\/(?:[\w-]{1,64}\/){2,3}|tasmota\/discovery\/[0-9A-F]{12}\/)config$/i

/**
 * What a thing publishes so that hubs may use it. Bridges publish for others (Zigbee lamps, Bluetooth sensors): only who names its
 * own hardware address speaks of itself.
 */
export function observeDiscovery(topic: string, payload: string, sender: Party, context: Context, frame: number): void {
  if (sender.host < 0 || sender.mac === undefined || !TOPIC.test(topic)) return
  const mac = sender.mac.replaceAll(':', '').toLowerCase()
  // of Home Assistant's the description of the device alone: elsewhere an address may be part of a name
  const start = topic.startsWith('homeassistant/') ? payload.search(/"(?:dev|device)"\s{0,4}:\s{0,4}\{/) : 0
  if (start < 0) return
  const said = payload.slice(start)
  if (!said.replace(/[:-]/g, '').toLowerCase().includes(mac)) return
  // a gateway beside its own address may name what it speaks for
  if (/"via_device"|"via_dev"/.test(said)) return
  tell(context, sender, 'mqtt.manufacturer', field(said, 'mf|manufacturer'), frame)
  tell(context, sender, 'mqtt.model', field(said, 'mdl|model|md'), frame)
  observeSoftware(context, sender, frame, 'firmware', field(said, 'sw|sw_version'), 'mqtt')
  if (start === 0) observeGivenName(context, sender, field(said, 'dn'), frame)
}

/** A payload may be cut, so that it is no JSON any more: flat texts are read where they stand. */
function field(json: string, names: string): string | undefined {
  return new RegExp(`"(?:${names})"\\s{0,4}:\\s{0,4}"([^"\\\\]{1,128})"`).exec(json)?.[1]
}
