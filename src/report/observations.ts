import type { Kind } from '../evidence/kinds.ts'

/** What each kind of observation is called where people read it; docs/observations.md tells more. The type knows when one is missing. */
export const observationTitles: Record<Kind, string> = {
  'dns.query': 'Names asked for',
  'dhcp.client': 'Address requests (DHCP)',
  name: 'Names it announces',
  'mdns.service': 'Services it announces (DNS-SD)',
  ssdp: 'UPnP discovery (SSDP)',
  'upnp.device': 'UPnP description',
  'upnp.action': 'UPnP actions',
  'tls.client': 'TLS as client',
  'tls.server': 'TLS as server',
  'http.client': 'HTTP requests in clear',
  'http.server': 'HTTP answered in clear',
  credential: 'Credentials in clear (masked)',
  login: 'Log-in attempts',
  personal: 'Personal data and identifiers in clear',
  firmware: 'Firmware and update checks',
  ntp: 'Time (NTP)',
  'mqtt.session': 'MQTT sessions',
  'mqtt.topic': 'MQTT topics',
  protocol: 'Other protocols',
  lan: 'Proprietary LAN protocols',
  control: 'Control of machines and buildings',
  address: 'IPv6 addresses',
  'traffic.day': 'Traffic by day',
  'traffic.hour': 'Traffic by hour',
}
