import type { Device } from './device.ts'
import type { DeviceTruth, MustNot } from './truth.ts'

/** What must not be said of any device here, unless its own truth says otherwise. */
export function always(device: Device, truth: Pick<DeviceTruth, 'mustFind' | 'mustNotFind'>): MustNot[] {
  const mac = device.mac
  const rows: MustNot[] = [
    {
      check: 'idle-chatter',
      outcome: ['pass', 'fail', 'warn'],
      because: 'a minute tells nothing of idle hours',
      absent: 'frame.time_relative > 3600',
    },
    {
      check: 'data-footprint',
      outcome: ['pass', 'fail', 'warn'],
      because: 'a minute tells nothing of a month',
      absent: 'frame.time_relative > 3600',
    },
    {
      check: 'reached-from-internet',
      outcome: ['fail', 'warn'],
      because: 'nobody out there spoke to it first',
      absent: `eth.dst == ${mac} && tcp.flags == 0x002 && ((ip && !(ip.src == 192.168.50.0/24)) || (ipv6 && !(ipv6.src == 2001:db8:50::/64) && !(ipv6.src == fe80::/10)))`,
    },
    {
      check: 'upnp-port-mapping',
      outcome: ['fail', 'warn'],
      because: 'asks for none',
      absent: `eth.src == ${mac} && frame contains "AddPortMapping"`,
    },
    {
      check: 'firmware-unprotected',
      outcome: ['fail', 'warn'],
      because: 'fetches none',
      absent: `eth.src == ${mac} && http.request.uri contains "firmware"`,
    },
    {
      check: 'attacks-others',
      outcome: ['fail', 'warn'],
      because: 'guesses no password and scans nothing',
      absent: `eth.src == ${mac} && (tcp.dstport == 23 || tcp.dstport == 22)`,
    },
  ]
  const said = new Set([...truth.mustFind, ...truth.mustNotFind].map((row) => row.check))
  return rows.filter((row) => !said.has(row.check))
}
