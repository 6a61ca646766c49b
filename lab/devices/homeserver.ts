import type { Device } from '../device.ts'
import type { Random } from '../random.ts'
import { every } from './common.ts'

/** A home server on a small board, set up with care: MQTT over TLS, verified, and nothing open. */
export function homeserver(random: Random): Device & { password: string } {
  const mac = `b8:27:eb:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  const password = `${random.hex(6)}-${random.hex(6)}`
  return {
    name: 'homeserver',
    mac,
    password,
    hostname: 'homeserver',
    client: 'dhclient',
    ipv6: 'private',
    async live(host, lab) {
      await every(4, 8000, (turn) =>
        host.run([
          'mosquitto_pub',
          '-h',
          'broker.homestead.example',
          '-p',
          '8883',
          '--cafile',
          lab.root,
          '-V',
          'mqttv5',
          '-i',
          'home',
          '-u',
          'home',
          '-P',
          password,
          '-t',
          'home/state',
          '-m',
          `{"doors":"closed","turn":${turn}}`,
        ]),
      )
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const broker = lab.cloud('broker.homestead.example')
      return {
        vendor: 'Raspberry Pi',
        category: 'computer',
        does: 'MQTT 5 over TLS 1.3 to a broker whose certificate it verifies; no service of its own',
        endpoints: [
          {
            name: 'broker.homestead.example',
            ip: broker,
            port: 8883,
            transport: 'tcp',
            protocol: 'tls',
            shown: `${of} && ip.dst == ${broker} && tls.handshake.type == 1`,
          },
        ],
        services: [],
        mustFind: [
          {
            check: 'tls-weak',
            outcome: ['pass'],
            about: 'client',
            because: 'TLS 1.3',
            shown: `eth.dst == ${mac} && ip.src == ${broker} && tls.handshake.type == 2 && tls.handshake.extensions.supported_version == 0x0304`,
          },
        ],
        mustNotFind: [
          {
            check: 'cleartext-internet',
            outcome: ['fail', 'warn'],
            because: 'only DNS and TLS leave the network',
            absent: `${of} && (http || mqtt || ntp)`,
          },
          {
            check: 'credentials-in-clear',
            outcome: ['fail', 'warn'],
            because: 'its password goes through TLS',
            absent: `${of} && frame contains "${password}"`,
          },
          {
            check: 'dangerous-services',
            outcome: ['fail', 'warn'],
            because: 'offers none',
            absent: `${of} && tcp.flags == 0x012`,
          },
          { check: 'certificate-not-verified', outcome: ['fail', 'warn'], because: 'it verifies, and the certificate is good' },
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
          { check: 'personal-data-in-clear', outcome: ['fail', 'warn'], because: 'it sends no clear text out' },
        ],
      }
    },
  }
}
