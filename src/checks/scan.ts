import type { DeviceEvidence } from '../evidence/evidence.ts'

/** The device's address as a person would type it: IPv4 before IPv6, what is routed before link-local. */
export function addressOf(device: DeviceEvidence): string {
  return (
    device.ips.find((ip) => ip.includes('.')) ??
    device.ips.find((ip) => !ip.toLowerCase().startsWith('fe80')) ??
    device.ips[0] ??
    'ADDRESS'
  )
}

/** Every TCP port, and the UDP ports of standards: all of UDP takes a day, as things limit how often they say that a port is closed. */
export function scanOf(device: DeviceEvidence): string {
  const address = addressOf(device)
  return `sudo nmap ${address.includes(':') ? '-6 ' : ''}-sS -sU -p T:1-65535,U:1-1024 ${address}`
}
