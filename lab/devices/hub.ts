import type { Device } from '../device.ts'
import { announce, every, web } from './common.ts'
import type { Random } from '../random.ts'

/** A lamp hub as it should be: TLS 1.3 that it verifies, signed time, private addresses, nothing open but HTTPS. */
export function hub(random: Random): Device {
  const mac = `00:17:88:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  return {
    name: 'hub',
    mac,
    hostname: 'lamp-hub',
    vendorClass: 'hub',
    client: 'udhcpc',
    ipv6: 'private',
    async live(host, lab) {
      await web(
        host,
        `$SERVER["socket"] == ":443" { ssl.engine = "enable"\n ssl.pemfile = "${await lab.certificate('hub.lan')}"\n ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "TLSv1.3") }`,
      )
      announce(host, 'lamp-hub', [{ name: 'Lamp hub', type: '_hue._tcp', port: 443, txt: ['modelid=BSB002'] }])
      const clock = host.write(
        'chrony.conf',
        `server time.cloudflare.com iburst nts\nntstrustedcerts ${lab.root}\nntsdumpdir ${host.dir}\npidfile ${host.dir}/chrony.pid\ncmdport 0\n`,
      )
      host.start(['chronyd', '-x', '-d', '-u', 'root', '-f', clock])
      await every(4, 9000, async (turn) => {
        await host.run([
          'curl',
          turn % 2 ? '-6' : '-4',
          '-sS',
          '-A',
          'hub/1.65',
          '--cacert',
          lab.root,
          'https://discovery.meethue.com/api/config',
        ])
        // A server whose certificate has run out: the hub turns away.
        if (turn === 1)
          await host.run(['curl', '-sS', '-A', 'hub/1.65', '--cacert', lab.root, 'https://archive.lamps.example/index.html'])
      })
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const archive = lab.cloud('archive.lamps.example')
      return {
        vendor: 'Philips',
        category: 'hub',
        does: 'HTTPS (TLS 1.3) to its cloud with verified certificates; turns away from an expired one; time by NTS; mDNS; HTTPS only on the LAN; private IPv6 addresses',
        endpoints: [
          {
            name: 'discovery.meethue.com',
            ip: lab.cloud('discovery.meethue.com'),
            port: 443,
            transport: 'tcp',
            protocol: 'tls',
            shown: `${of} && tls.handshake.extensions_server_name == "discovery.meethue.com"`,
          },
          {
            name: 'archive.lamps.example',
            ip: archive,
            port: 443,
            transport: 'tcp',
            protocol: 'tls',
            shown: `${of} && tls.handshake.extensions_server_name == "archive.lamps.example"`,
          },
          {
            name: 'time.cloudflare.com',
            ip: lab.cloud('time.cloudflare.com'),
            port: 123,
            transport: 'udp',
            protocol: 'ntp',
            shown: `${of} && ntp`,
          },
          {
            name: 'time.cloudflare.com',
            ip: lab.cloud('time.cloudflare.com'),
            port: 4460,
            transport: 'tcp',
            protocol: 'tls',
            shown: `${of} && tcp.dstport == 4460 && tls.handshake.type == 1`,
          },
        ],
        services: [
          { port: 443, transport: 'tcp', protocol: 'tls', shown: `${of} && tcp.srcport == 443 && tls.handshake.type == 2` },
        ],
        mustFind: [
          {
            check: 'unauthenticated-time',
            outcome: ['pass'],
            because: 'its NTP packets carry NTS authenticators (RFC 8915)',
            shown: `${of} && ntp.flags.mode == 3 && ntp.ext.type == 0x0404`,
          },
          {
            check: 'hardware-address-revealed',
            outcome: ['pass'],
            because: 'its global IPv6 addresses are random',
            shown: `${of} && ipv6.src == 2001:db8:50::/64`,
          },
          {
            check: 'hardcoded-resolver',
            outcome: ['pass'],
            because: 'it asks the resolver that DHCP gave',
            shown: `${of} && ip.dst == ${lab.router.ip} && dns.flags.response == 0`,
          },
          {
            check: 'tls-weak',
            outcome: ['pass'],
            about: 'client',
            because: 'TLS 1.3',
            shown: `eth.dst == ${mac} && tcp.srcport == 443 && tls.handshake.type == 2 && tls.handshake.extensions.supported_version == 0x0304`,
          },
          {
            check: 'tls-weak',
            outcome: ['pass'],
            about: 'server',
            because: 'TLS 1.3',
            shown: `${of} && tcp.srcport == 443 && tls.handshake.type == 2 && tls.handshake.extensions.supported_version == 0x0304`,
          },
          {
            check: 'certificate-not-verified',
            outcome: ['pass'],
            because: 'it ended the handshake with the expired certificate by an alert',
            shown: `${of} && ip.dst == ${archive} && tls.alert_message.desc`,
          },
        ],
        mustNotFind: [
          {
            check: 'names-revealed',
            outcome: ['fail', 'warn'],
            because: 'its name says what it is, not whose',
            absent: `${of} && dhcp.option.hostname && !(dhcp.option.hostname == "lamp-hub")`,
          },
          {
            check: 'cleartext-internet',
            outcome: ['fail', 'warn'],
            because: 'all it sends out is DNS, NTS and TLS',
            absent: `${of} && (http.request || mqtt || coap || ftp || telnet)`,
          },
          {
            check: 'tls-weak',
            outcome: ['fail', 'warn'],
            because: 'TLS 1.3, and 1.2 once with ECDHE and AES-GCM',
            absent: `(eth.addr == ${mac}) && tls.handshake.type == 2 && !(tls.handshake.extensions.supported_version == 0x0304) && !((tls.handshake.ciphersuite == 0xc02b || tls.handshake.ciphersuite == 0xc02c || tls.handshake.ciphersuite == 0xcca9))`,
          },
          {
            check: 'certificate-not-verified',
            outcome: ['fail', 'warn'],
            because: 'it sent nothing after the alert',
            absent: `${of} && ip.dst == ${archive} && tls.app_data`,
          },
          {
            check: 'credentials-in-clear',
            outcome: ['fail', 'warn'],
            because: 'none sent',
            absent: `${of} && (http.authorization || mqtt.passwd || ftp.request.command == "PASS")`,
          },
          { check: 'default-credentials', outcome: ['fail', 'warn'], because: 'none used' },
          {
            check: 'trackers',
            outcome: ['fail', 'warn'],
            because: 'it asks for three names, none a tracker',
            absent: `${of} && dns.flags.response == 0 && udp.dstport == 53 && dns.qry.name matches "(analytics|doubleclick|scorecard)"`,
          },
          {
            check: 'dangerous-services',
            outcome: ['fail', 'warn'],
            because: 'HTTPS is all it offers',
            absent: `${of} && tcp.flags == 0x012 && tcp.srcport != 443`,
          },
          { check: 'upnp-port-mapping', outcome: ['fail', 'warn'], because: 'it asks for none' },
          {
            check: 'hardcoded-resolver',
            outcome: ['fail', 'warn'],
            because: 'it asks the resolver that DHCP gave',
            absent: `${of} && udp.dstport == 53 && !(ip.dst == ${lab.router.ip}) && !(ipv6.dst == 2001:db8:50::1)`,
          },
          {
            check: 'unauthenticated-time',
            outcome: ['fail', 'warn'],
            because: 'its NTP packets carry NTS extension fields (RFC 8915)',
            absent: `${of} && ntp && !(ntp.ext.type == 0x0404)`,
          },
          { check: 'broken-lan-protocol', outcome: ['fail', 'warn'], because: 'it speaks none' },
          { check: 'firmware-unprotected', outcome: ['fail', 'warn'], because: 'it fetches none in clear' },
          { check: 'personal-data-in-clear', outcome: ['fail', 'warn'], because: 'it sends no clear text out' },
        ],
      }
    },
  }
}
