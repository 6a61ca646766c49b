import type { Device } from '../device.ts'
import { program } from '../host.ts'
import type { Random } from '../random.ts'
import { announce, every } from './common.ts'

/** A television that talks to trackers, and asks the router to let the Internet in. */
export function television(random: Random): Device {
  const mac = `8c:79:f5:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  const serial = `0AUZ${random.digits(8)}`
  const uuid = `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${mac.replaceAll(':', '')}`
  const port = 20_000 + random.below(10_000)
  return {
    name: 'television',
    mac,
    hostname: 'Living-Room-TV',
    client: 'dhclient',
    ipv6: 'private',
    async live(host, lab) {
      const me = lab.ip('television')
      host.start([...program('upnp'), me, uuid, serial, 'Living Room TV'])
      announce(host, 'Living-Room-TV', [{ name: 'Living Room TV', type: '_airplay._tcp', port: 7000, txt: [`deviceid=${mac.toUpperCase()}`, 'model=UE40LAB', `serialNumber=${serial}`] }])
      const get = (url: string) => host.run(['curl', '-sS', '-A', 'Mozilla/5.0 (SMART-TV; Linux; Tizen 2.4.0) AppleWebKit/538.1', '--cacert', lab.root, url])
      await host.run(['upnpc', '-e', 'tv-remote', '-a', me, '8001', String(port), 'TCP'], { seconds: 25 })
      await every(3, 9000, async () => {
        await get('https://api.samsungcloudsolution.com/index.html')
        await get('https://www.google-analytics.com/api/collect?v=1&t=screenview')
        await get('https://stats.g.doubleclick.net/api/collect')
        await get('https://sb.scorecardresearch.com/index.html')
      })
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const to = (name: string): string => `${of} && tls.handshake.extensions_server_name == "${name}"`
      const trackers = ['www.google-analytics.com', 'stats.g.doubleclick.net', 'sb.scorecardresearch.com']
      return {
        vendor: 'Samsung',
        category: 'tv',
        does: 'TLS to its maker and to three trackers; SSDP, a UPnP description with its serial number, AirPlay by mDNS; asks the router for a port mapping',
        endpoints: ['api.samsungcloudsolution.com', ...trackers].map((name) => ({ name, ip: lab.cloud(name), port: 443, transport: 'tcp' as const, protocol: 'tls', shown: `${to(name)} && ip.dst == ${lab.cloud(name)}` })),
        services: [{ port: 7676, transport: 'tcp', protocol: 'http', shown: `${of} && tcp.srcport == 7676 && http.response.code == 200` }],
        mustFind: [
          ...trackers.map((name) => ({ check: 'trackers', outcome: ['fail' as const, 'warn' as const], because: name, shown: to(name) })),
          { check: 'third-parties', outcome: ['fail', 'warn'], because: 'three companies beside its maker', shown: to(trackers[1]!) },
          { check: 'upnp-port-mapping', outcome: ['fail'], because: `AddPortMapping of TCP ${port}, granted`, shown: `${of} && tcp.dstport == 5000 && http.request.method == "POST" && frame contains "AddPortMapping" && frame contains "${port}"` },
          { check: 'names-revealed', outcome: ['fail', 'warn'], because: 'its name by DHCP and mDNS, its serial number in the service and the description', shown: `${of} && mdns && dns.txt contains "serialNumber=${serial}"` },
          { check: 'tls-weak', outcome: ['pass'], because: 'TLS 1.2 and 1.3 with ECDHE', shown: `eth.dst == ${mac} && tls.handshake.type == 2 && tls.handshake.extensions.supported_version == 0x0304` },
          { check: 'open-standards', outcome: ['pass'], because: 'DNS-SD and UPnP', shown: `${of} && ssdp` },
        ],
        mustNotFind: [
          { check: 'certificate-not-verified', outcome: ['fail', 'warn'], because: 'every certificate it met was good', absent: `${of} && tls.alert_message` },
          { check: 'cleartext-internet', outcome: ['fail', 'warn'], because: 'its HTTP stays on the LAN', absent: `${of} && http && !(ip.dst == 192.168.50.0/24) && !(ip.dst == 239.255.255.250)` },
          { check: 'credentials-in-clear', outcome: ['fail', 'warn'], because: 'none', absent: `${of} && http.authorization` },
          { check: 'hardcoded-resolver', outcome: ['fail', 'warn'], because: 'asks the router', absent: `${of} && udp.dstport == 53 && !(ip.dst == ${lab.router.ip})` },
          { check: 'firmware-unprotected', outcome: ['fail', 'warn'], because: 'fetches none' },
          { check: 'broken-lan-protocol', outcome: ['fail', 'warn'], because: 'speaks none' },
        ],
      }
    },
  }
}
