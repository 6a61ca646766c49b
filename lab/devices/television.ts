import type { Device } from '../device.ts'
import { program } from '../host.ts'
import type { Random } from '../random.ts'
import { announce, every, until } from './common.ts'

/** A television that talks to trackers, and asks the router to let the Internet in. */
export function television(random: Random): Device {
  const mac = `8c:79:f5:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  const serial = `0AUZ${random.digits(8)}`
  const uuid = `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${mac.replaceAll(':', '')}`
  const owner = random.pick(['Anna', 'Jan', 'Eva', 'Ole'])
  const port = 20_000 + random.below(10_000)
  return {
    name: 'television',
    mac,
    hostname: 'Living-Room-TV',
    client: 'dhclient',
    ipv6: 'private',
    async live(host, lab) {
      const me = lab.ip('television')
      host.start([...program('upnp'), me, uuid, serial, `${owner}'s TV`])
      announce(host, 'Living-Room-TV', [
        {
          name: `${owner}'s TV`,
          type: '_airplay._tcp',
          port: 7000,
          txt: [`deviceid=${mac.toUpperCase()}`, 'model=UE40LAB', `serialNumber=${serial}`],
        },
      ])
      const get = (url: string) =>
        host.run(['curl', '-sS', '-A', 'Mozilla/5.0 (SMART-TV; Linux; Tizen 2.4.0) AppleWebKit/538.1', '--cacert', lab.root, url])
      await until(5, 1500, () => host.run(['upnpc', '-e', 'tv-remote', '-a', me, '8001', String(port), 'TCP'], { seconds: 25 }))
      // What the mapping is there for: somebody on the Internet finds the port.
      const scan = [
        'curl',
        '-sS',
        '-m',
        '5',
        '--interface',
        lab.cloud('scanner.census.example'),
        '-A',
        'Mozilla/5.0 zgrab/0.x',
        `http://${lab.router.outside}:${port}/api/v2/`,
      ]
      await until(5, 1500, () => lab.outside.run(scan))
      await every(3, 9000, async () => {
        await get('https://api.samsungcloudsolution.com/index.html')
        await get('https://www.google-analytics.com/api/collect?v=1&t=screenview')
        await get('https://stats.g.doubleclick.net/api/collect')
        await get('https://www.youtube.com/index.html')
        await get('https://sb.scorecardresearch.com/index.html')
      })
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const to = (name: string): string => `${of} && tls.handshake.extensions_server_name == "${name}"`
      const trackers = ['www.google-analytics.com', 'stats.g.doubleclick.net', 'sb.scorecardresearch.com']
      return {
        vendor: 'Samsung',
        category: 'media',
        does: 'TLS to its maker, to three trackers and to YouTube; SSDP, a UPnP description with its serial number, AirPlay by mDNS; asks the router for a port mapping, through which a scanner on the Internet then reads its remote control',
        endpoints: ['api.samsungcloudsolution.com', 'www.youtube.com', ...trackers].map((name) => ({
          name,
          ip: lab.cloud(name),
          port: 443,
          transport: 'tcp' as const,
          protocol: 'tls',
          shown: `${to(name)} && ip.dst == ${lab.cloud(name)}`,
        })),
        services: [
          {
            port: 1900,
            transport: 'udp',
            protocol: 'ssdp',
            shown: `${of} && udp.srcport == 1900 && ssdp && http.response.code == 200`,
          },
          { port: 8001, transport: 'tcp', protocol: 'http', shown: `${of} && tcp.srcport == 8001 && http.response.code == 200` },
          { port: 7676, transport: 'tcp', protocol: 'http', shown: `${of} && tcp.srcport == 7676 && http.response.code == 200` },
        ],
        mustFind: [
          {
            check: 'cleartext-local',
            outcome: ['fail', 'warn'],
            because: 'its description is served, and the router asked, by clear HTTP',
            shown: `${of} && http && ip.dst == 192.168.50.0/24`,
          },
          {
            check: 'personal-data-in-clear',
            outcome: ['fail', 'warn'],
            about: 'serial local',
            says: 'serial number',
            because: 'its description holds its serial number',
            shown: `${of} && tcp.srcport == 7676 && frame contains "<serialNumber>${serial}"`,
          },
          {
            check: 'personal-data-in-clear',
            outcome: ['fail', 'warn'],
            about: 'mac local',
            because: 'the last part of its UUID is its hardware address',
            shown: `${of} && tcp.srcport == 7676 && frame contains "${uuid}"`,
          },
          {
            check: 'cleartext-internet',
            outcome: ['fail'],
            says: '8001',
            because: 'the scanner is answered in clear HTTP',
            shown: `${of} && tcp.srcport == 8001 && ip.dst == ${lab.cloud('scanner.census.example')} && http`,
          },
          ...trackers.map((name) => ({
            check: 'trackers',
            outcome: ['fail' as const, 'warn' as const],
            says: name,
            because: 'a listed tracker',
            shown: to(name),
          })),
          {
            check: 'third-parties',
            outcome: ['inconclusive'],
            says: 'YouTube',
            because: 'YouTube is neither its maker nor a carrier of its service; whether the user was told, traffic cannot show',
            shown: to('www.youtube.com'),
          },
          {
            check: 'upnp-port-mapping',
            outcome: ['fail'],
            says: String(port),
            because: `AddPortMapping of TCP ${port}, granted`,
            shown: `${of} && tcp.dstport == 5000 && http.request.method == "POST" && frame contains "AddPortMapping" && frame contains "${port}"`,
          },
          {
            check: 'names-revealed',
            outcome: ['fail', 'warn'],
            because: "its mDNS service and UPnP description hold its owner's name",
            shown: `${of} && ((mdns && frame contains "${owner}'s TV") || (tcp.srcport == 7676 && frame contains "${owner}'s TV"))`,
          },
          {
            check: 'tls-weak',
            outcome: ['pass'],
            about: 'client',
            because: 'TLS 1.2 and 1.3 with ECDHE',
            shown: `eth.dst == ${mac} && tls.handshake.type == 2 && tls.handshake.extensions.supported_version == 0x0304`,
          },
          {
            check: 'reached-from-internet',
            outcome: ['fail'],
            says: 'tcp/8001',
            because: 'a scanner on the Internet reads its remote control through the mapping',
            shown: `${of} && tcp.srcport == 8001 && ip.dst == ${lab.cloud('scanner.census.example')} && http.response.code == 200`,
          },
          {
            check: 'web-without-login',
            outcome: ['fail', 'warn'],
            says: '/api/v2/',
            because: 'its remote control answers without a log-in',
            shown: `eth.dst == ${mac} && tcp.dstport == 8001 && http.request.uri == "/api/v2/"`,
          },
          {
            check: 'hardware-address-revealed',
            outcome: ['pass'],
            because: 'its global IPv6 addresses are random',
            shown: `${of} && ipv6.src == 2001:db8:50::/64`,
          },
          { check: 'open-standards', outcome: ['pass'], because: 'DNS-SD and UPnP', shown: `${of} && ssdp` },
        ],
        mustNotFind: [
          {
            check: 'certificate-not-verified',
            outcome: ['fail', 'warn'],
            because: 'every certificate it met was good',
            absent: `${of} && tls.alert_message`,
          },
          { check: 'credentials-in-clear', outcome: ['fail', 'warn'], because: 'none', absent: `${of} && http.authorization` },
          {
            check: 'hardcoded-resolver',
            outcome: ['fail', 'warn'],
            because: 'asks the router',
            absent: `${of} && udp.dstport == 53 && !(ip.dst == ${lab.router.ip})`,
          },
          { check: 'firmware-unprotected', outcome: ['fail', 'warn'], because: 'fetches none' },
          { check: 'broken-lan-protocol', outcome: ['fail', 'warn'], because: 'speaks none' },
        ],
      }
    },
  }
}
