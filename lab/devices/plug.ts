import type { Device } from '../device.ts'
import { program } from '../host.ts'
import type { Random } from '../random.ts'
import { every } from './common.ts'

/** A smart plug: sound TLS to its cloud, but at home anyone may switch it, through a cipher that is none. */
export function plug(random: Random): Device {
  const mac = `50:c7:bf:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  const deviceId = random.hex(40).toUpperCase()
  return {
    name: 'plug',
    mac,
    hostname: 'HS110',
    vendorClass: 'udhcp 1.10.1',
    client: 'udhcpc',
    ipv6: 'none',
    async live(host, lab) {
      host.start([...program('kasa'), mac, deviceId])
      await every(3, 12_000, () =>
        host.run([
          'curl',
          '-sS',
          '-A',
          'Dalvik/2.1.0',
          '--cacert',
          lab.root,
          '-d',
          '{"method":"helloCloud"}',
          'https://use1-api.tplinkra.com/api/report',
        ]),
      )
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const cloud = lab.cloud('use1-api.tplinkra.com')
      return {
        vendor: 'TP-Link',
        category: 'plug',
        does: 'TLS 1.2 to its cloud, certificate good; on the LAN the XOR protocol on port 9999, TCP and UDP, which answers whoever asks, with its coordinates',
        endpoints: [
          {
            name: 'use1-api.tplinkra.com',
            ip: cloud,
            port: 443,
            transport: 'tcp',
            protocol: 'tls',
            shown: `${of} && ip.dst == ${cloud} && tls.handshake.extensions_server_name == "use1-api.tplinkra.com"`,
          },
        ],
        services: [
          { port: 9999, transport: 'tcp', protocol: 'kasa', shown: `${of} && tcp.srcport == 9999 && tcp.payload[4:1] == d0` },
          { port: 9999, transport: 'udp', protocol: 'kasa', shown: `${of} && udp.srcport == 9999 && udp.payload[0:1] == d0` },
        ],
        mustFind: [
          {
            check: 'cleartext-local',
            outcome: ['fail', 'warn'],
            because: 'a cipher with a published key is clear text',
            shown: `${of} && tcp.srcport == 9999 && ip.dst == 192.168.50.0/24 && tcp.len > 0`,
          },
          // The answer to get_sysinfo: far longer than any other message of the plug's.
          ...['mac', 'serial', 'coordinates'].map((what) => ({
            check: 'personal-data-in-clear',
            outcome: ['fail' as const, 'warn' as const],
            about: `${what} local`,
            because: 'it is in the answer to get_sysinfo, which anyone at home may ask for',
            shown: `${of} && tcp.srcport == 9999 && tcp.len > 300`,
          })),
          // '{' XOR 171 is d0: every message begins so.
          {
            check: 'broken-lan-protocol',
            outcome: ['fail'],
            about: 'kasa',
            because: "Kasa's XOR with the key 171",
            shown: `${of} && tcp.srcport == 9999 && tcp.payload[4:1] == d0`,
          },
          {
            check: 'open-standards',
            outcome: ['fail', 'warn'],
            because: 'its protocol at home is its own',
            shown: `${of} && udp.srcport == 9999`,
          },
          {
            check: 'services-offered',
            outcome: ['inconclusive'],
            says: 'tcp/9999',
            because: 'port 9999 answers',
            shown: `${of} && tcp.srcport == 9999 && tcp.flags == 0x012`,
          },
          {
            check: 'tls-weak',
            outcome: ['pass'],
            about: 'client',
            because: 'TLS 1.2 with ECDHE and an AEAD cipher',
            shown: `eth.dst == ${mac} && ip.src == ${cloud} && tls.handshake.type == 2 && (tls.handshake.ciphersuite == 0xc02b || tls.handshake.ciphersuite == 0xc02c || tls.handshake.ciphersuite == 0xcca9)`,
          },
        ],
        mustNotFind: [
          {
            check: 'cleartext-internet',
            outcome: ['fail', 'warn'],
            because: 'only DNS and TLS leave the network',
            absent: `${of} && (http.request || mqtt || ntp)`,
          },
          {
            check: 'certificate-not-verified',
            outcome: ['fail', 'warn'],
            because: 'the certificate it met was good',
            absent: `${of} && tls.alert_message`,
          },
          { check: 'credentials-in-clear', outcome: ['fail', 'warn'], because: 'none', absent: `${of} && http.authorization` },
          {
            check: 'trackers',
            outcome: ['fail', 'warn'],
            because: 'none',
            absent: `${of} && dns.qry.name matches "(analytics|doubleclick|scorecard)"`,
          },
          {
            check: 'hardcoded-resolver',
            outcome: ['fail', 'warn'],
            because: 'asks the router',
            absent: `${of} && udp.dstport == 53 && !(ip.dst == ${lab.router.ip})`,
          },
          { check: 'unauthenticated-time', outcome: ['fail', 'warn'], because: 'asks no clock', absent: `${of} && ntp` },
          { check: 'hardware-address-revealed', outcome: ['fail', 'warn'], because: 'no IPv6', absent: `${of} && ipv6` },
        ],
      }
    },
  }
}
