/**
 * The lab's Internet: names and the addresses they have in it. The addresses are public ones, so that a table of countries has
 * something to say of them, but exist in the lab's namespaces only; nothing there reaches the real machines. Names of the devices that
 * misbehave end in `.example` (RFC 2606): no maker is meant.
 */
export const names: readonly { name: string; ip: string; ip6?: string; country: string }[] = [
  { name: 'discovery.meethue.com', ip: '34.117.13.189', ip6: '2600:1901:0:38d7::5', country: 'US' },
  { name: 'archive.lamps.example', ip: '34.117.13.190', country: 'US' },
  { name: 'time.cloudflare.com', ip: '162.159.200.123', country: 'US' },
  { name: '0.pool.ntp.org', ip: '78.46.53.2', country: 'DE' },
  { name: 'upload.lenscam.example', ip: '120.25.115.20', ip6: '2408:4000:100::20', country: 'CN' },
  { name: 'fw.lenscam.example', ip: '120.25.115.21', country: 'CN' },
  { name: 'mqtt.airsense.example', ip: '78.46.91.11', country: 'DE' },
  { name: 'ingest.aqua.example', ip: '78.46.91.12', country: 'DE' },
  { name: 'use1-api.tplinkra.com', ip: '54.88.22.145', country: 'US' },
  { name: 'api.bridgeworks.example', ip: '51.15.80.21', country: 'FR' },
  { name: 'log.bridgeworks.example', ip: '51.15.80.22', country: 'FR' },
  { name: 'cdn.bridgeworks.example', ip: '51.15.80.23', country: 'FR' },
  { name: 'legacy.bridgeworks.example', ip: '51.15.80.24', country: 'FR' },
  { name: 'www-google-analytics.l.google.com', ip: '142.250.74.46', country: 'US' },
  { name: 'stats.g.doubleclick.net', ip: '142.251.5.155', country: 'US' },
  { name: 'sb.scorecardresearch.com', ip: '18.65.39.40', country: 'US' },
  { name: 'api.samsungcloudsolution.com', ip: '52.29.40.12', country: 'DE' },
  { name: 'broker.homestead.example', ip: '185.26.156.27', country: 'DE' },
  { name: 'www.wikipedia.org', ip: '185.15.59.224', ip6: '2a02:ec80:300:ed1a::1', country: 'NL' },
  { name: 'www.youtube.com', ip: '142.250.74.78', country: 'US' },
  { name: 'scanner.census.example', ip: '80.82.77.33', country: 'NL' },
  { name: 'dns.google', ip: '8.8.8.8', country: 'US' },
]

export const named = (name: string): { ip: string; ip6?: string } => {
  const alias = name === 'www.google-analytics.com' ? 'www-google-analytics.l.google.com' : name
  const entry = names.find((n) => n.name === alias)
  if (!entry) throw new Error(`no such name in the lab's Internet: ${name}`)
  return entry
}
