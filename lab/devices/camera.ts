import type { Device } from '../device.ts'
import { program, sleep } from '../host.ts'
import type { Random } from '../random.ts'
import { fileURLToPath } from 'node:url'
import { every, web } from './common.ts'

/** Pairs that Mirai tried: whoever finds the Telnet port open gets in. */
const telnetPairs: readonly [string, string][] = [
  ['root', 'xc3511'],
  ['root', 'vizxv'],
  ['root', 'xmhdipc'],
  ['root', 'jauntech'],
]

/** An IP camera with everything wrong: Telnet with a published password, an open stream, clear text to its cloud and for its firmware. */
export function camera(random: Random): Device & { telnet: [string, string] } {
  const mac = `b0:c5:54:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  const serial = `LC2${random.digits(9)}`
  const telnet = random.pick(telnetPairs)
  const ssid = `Haus-${random.pick(['Linde', 'Ahorn', 'Birke', 'Eiche'])}`
  return {
    name: 'camera',
    mac,
    telnet,
    hostname: `LC200-${mac.replaceAll(':', '').slice(6).toUpperCase()}`,
    vendorClass: 'udhcp 1.22.1',
    client: 'udhcpc',
    ipv6: 'eui64',
    async live(host, lab) {
      // Whatever DHCP said: it uses Google's resolver.
      host.write('resolv.conf', `nameserver ${lab.cloud('dns.google')}\n`)
      const login = fileURLToPath(new URL('../programs/login.sh', import.meta.url))
      const shell = host.write('login', `#!/bin/sh\nexec sh ${login} ${telnet.join(' ')}\n`)
      await host.run(['chmod', '+x', shell])
      host.start([...program('inetd'), '23', 'telnetd', '--no-hostinfo', `--exec-login=${shell}`])
      host.start(program('rtsp'))
      const users = host.write('users', 'admin:admin\n')
      await web(
        host,
        `$SERVER["socket"] == ":80" {
  auth.backend = "plain"\n auth.backend.plain.userfile = "${users}"
  auth.require = ("/" => ("method" => "basic", "realm" => "LC200", "require" => "valid-user")) }`,
      )
      const clock = host.write('chrony.conf', `server 0.pool.ntp.org iburst\npidfile ${host.dir}/chrony.pid\ncmdport 0\n`)
      host.start(['chronyd', '-x', '-d', '-u', 'root', '-f', clock])
      const agent = ['-sS', '-A', 'LC200/1.0.2']
      await host.run(['curl', '-4', ...agent, 'http://fw.lenscam.example/version.txt'])
      await host.run(['curl', '-4', ...agent, '-o', '/dev/null', 'http://fw.lenscam.example/firmware/lc200_1.0.7.bin'])
      await every(5, 7000, (turn) =>
        host.run([
          'curl',
          turn % 2 ? '-6' : '-4',
          ...agent,
          '-d',
          `sn=${serial}&mac=${mac}&ssid=${ssid}&motion=${turn}`,
          `http://upload.lenscam.example/api/report?sn=${serial}`,
        ]),
      )
      await sleep(500)
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const upload = lab.cloud('upload.lenscam.example')
      const fw = lab.cloud('fw.lenscam.example')
      const google = lab.cloud('dns.google')
      return {
        vendor: 'D-Link',
        category: 'camera',
        does: 'Telnet with a published password and no lock, RTSP without log-in, HTTP with admin/admin; clear HTTP to its cloud with its MAC, serial number and Wi-Fi name; firmware over HTTP; resolver 8.8.8.8; EUI-64 address',
        endpoints: [
          {
            name: 'upload.lenscam.example',
            ip: upload,
            port: 80,
            transport: 'tcp',
            protocol: 'http',
            shown: `${of} && ip.dst == ${upload} && http.request.method == "POST" && http.host == "upload.lenscam.example"`,
          },
          {
            name: 'fw.lenscam.example',
            ip: fw,
            port: 80,
            transport: 'tcp',
            protocol: 'http',
            shown: `${of} && ip.dst == ${fw} && http.request.method == "GET" && http.host == "fw.lenscam.example"`,
          },
          {
            ip: google,
            port: 53,
            transport: 'udp',
            protocol: 'dns',
            shown: `${of} && ip.dst == ${google} && dns.flags.response == 0`,
          },
          {
            name: '0.pool.ntp.org',
            ip: lab.cloud('0.pool.ntp.org'),
            port: 123,
            transport: 'udp',
            protocol: 'ntp',
            shown: `${of} && ip.dst == ${lab.cloud('0.pool.ntp.org')} && ntp.flags.mode == 3`,
          },
        ],
        services: [
          {
            port: 23,
            transport: 'tcp',
            protocol: 'telnet',
            shown: `${of} && tcp.srcport == 23 && telnet.data contains "login: "`,
          },
          { port: 80, transport: 'tcp', protocol: 'http', shown: `${of} && tcp.srcport == 80 && http.response` },
          { port: 554, transport: 'tcp', protocol: 'rtsp', shown: `${of} && tcp.srcport == 554 && rtsp.status == 200` },
        ],
        mustFind: [
          {
            check: 'cleartext-internet',
            outcome: ['fail'],
            because: 'reports by clear HTTP',
            shown: `${of} && ip.dst == ${upload} && http.request`,
          },
          {
            check: 'credentials-in-clear',
            outcome: ['fail'],
            about: 'local http',
            because: 'the owner logs in by HTTP Basic',
            shown: `eth.dst == ${mac} && http.authbasic == "admin:admin"`,
          },
          {
            check: 'credentials-in-clear',
            outcome: ['fail'],
            about: 'local telnet',
            because: 'the log-in that succeeded is readable',
            shown: `eth.dst == ${mac} && telnet.data contains "${telnet[1]}"`,
          },
          {
            check: 'default-credentials',
            outcome: ['fail'],
            because: `Telnet accepts ${telnet.join('/')}, which Mirai tries`,
            shown: `${of} && tcp.srcport == 23 && telnet.data contains "BusyBox"`,
          },
          {
            check: 'personal-data-in-clear',
            outcome: ['fail'],
            about: 'mac internet',
            because: 'its MAC in the body of each report',
            shown: `${of} && ip.dst == ${upload} && http.file_data contains "mac=${mac}"`,
          },
          {
            check: 'personal-data-in-clear',
            outcome: ['fail'],
            about: 'ssid internet',
            because: 'the Wi-Fi name in the body of each report',
            shown: `${of} && ip.dst == ${upload} && http.file_data contains "ssid=${ssid}"`,
          },
          {
            check: 'personal-data-in-clear',
            outcome: ['fail'],
            about: 'serial internet',
            because: 'its serial number in each report',
            shown: `${of} && ip.dst == ${upload} && http.request.uri.query.parameter == "sn=${serial}"`,
          },
          {
            check: 'firmware-unprotected',
            outcome: ['fail'],
            because: 'a U-Boot image over HTTP',
            shown: `${of} && ip.dst == ${fw} && http.request.uri == "/firmware/lc200_1.0.7.bin"`,
          },
          {
            check: 'services-offered',
            outcome: ['inconclusive'],
            says: 'tcp/23',
            because: 'Telnet, HTTP and RTSP answer; only a scan would show what is closed',
            shown: `${of} && tcp.flags == 0x012 && (tcp.srcport == 23 || tcp.srcport == 80 || tcp.srcport == 554)`,
          },
          {
            check: 'dangerous-services',
            outcome: ['fail'],
            about: 'tcp/23',
            because: 'Telnet',
            shown: `${of} && tcp.srcport == 23 && telnet`,
          },
          {
            check: 'dangerous-services',
            outcome: ['fail', 'warn'],
            about: 'tcp/554',
            because: 'RTSP plays without a log-in',
            shown: `${of} && tcp.srcport == 554 && rtp`,
          },
          {
            check: 'brute-force-tolerated',
            outcome: ['fail'],
            about: 'telnet',
            because: 'two dozen bad log-ins in a row, each answered alike and at once, then the right one',
            shown: `${of} && tcp.srcport == 23 && telnet.data contains "Login incorrect"`,
          },
          {
            check: 'hardcoded-resolver',
            outcome: ['fail', 'warn'],
            because: 'DHCP gave the router, it asks 8.8.8.8',
            shown: `${of} && ip.dst == ${google} && dns.qry.name`,
          },
          {
            check: 'unencrypted-dns',
            outcome: ['fail', 'warn'],
            because: 'plain DNS that leaves the network',
            shown: `${of} && ip.dst == ${google} && udp.dstport == 53`,
          },
          {
            check: 'unauthenticated-time',
            outcome: ['fail', 'warn'],
            because: 'NTP without NTS or key',
            shown: `${of} && ntp && !ntp.ext.type && !ntp.keyid`,
          },
          {
            check: 'names-revealed',
            outcome: ['fail', 'warn'],
            because: 'its DHCP host name holds its model and the tail of its MAC',
            shown: `${of} && dhcp.option.hostname contains "LC200-"`,
          },
          {
            check: 'hardware-address-revealed',
            outcome: ['fail', 'warn'],
            because: 'EUI-64 address used towards the Internet',
            shown: `${of} && ipv6.src == ${eui64('2001:db8:50:0', mac)} && http.request`,
          },
          {
            check: 'update-traffic-seen',
            outcome: ['pass'],
            because: 'it asked for a version and fetched an image',
            shown: `${of} && ip.dst == ${fw} && http.request`,
          },
          {
            check: 'web-without-login',
            outcome: ['pass'],
            because: 'its pages ask for a password (which one is another matter)',
            shown: `${of} && tcp.srcport == 80 && http.response.code == 401`,
          },
          {
            check: 'cleartext-local',
            outcome: ['fail', 'warn'],
            because: 'Telnet, HTTP and RTSP in clear on the LAN',
            shown: `${of} && (telnet || rtsp || tcp.srcport == 80) && ip.dst == 192.168.50.0/24`,
          },
          {
            check: 'countries-contacted',
            outcome: ['inconclusive'],
            says: 'China',
            because: 'its cloud is there; whether the maker said so, traffic cannot show',
            shown: `${of} && ip.dst == ${upload}`,
          },
        ],
        mustNotFind: [
          {
            check: 'trackers',
            outcome: ['fail', 'warn'],
            because: 'no tracker contacted',
            absent: `${of} && dns.qry.name matches "(analytics|doubleclick|scorecard)"`,
          },
          {
            check: 'upnp-port-mapping',
            outcome: ['fail', 'warn'],
            because: 'asks for none',
            absent: `${of} && http.request.uri contains "ctl"`,
          },
          {
            check: 'tls-weak',
            outcome: ['fail', 'warn', 'pass'],
            because: 'it speaks no TLS at all',
            absent: `eth.addr == ${mac} && tls`,
          },
          {
            check: 'certificate-not-verified',
            outcome: ['fail', 'warn', 'pass'],
            because: 'it speaks no TLS at all',
            absent: `eth.addr == ${mac} && tls`,
          },
          {
            check: 'broken-lan-protocol',
            outcome: ['fail', 'warn'],
            because: 'speaks none',
            absent: `${of} && (tcp.port == 9999 || udp.srcport == 9999)`,
          },
        ],
      }
    },
  }
}

/** The address that an interface makes of its hardware address: RFC 4291, appendix A. `prefix`: four groups. */
function eui64(prefix: string, mac: string): string {
  const b = mac.split(':').map((h) => Number.parseInt(h, 16))
  const id = [b[0]! ^ 2, b[1]!, b[2]!, 0xff, 0xfe, b[3]!, b[4]!, b[5]!]
  return `${prefix}:${[0, 2, 4, 6].map((i) => ((id[i]! << 8) | id[i + 1]!).toString(16)).join(':')}`
}
