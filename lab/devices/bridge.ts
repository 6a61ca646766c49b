import { anyTls } from '../cloud.ts'
import type { Device } from '../device.ts'
import type { Random } from '../random.ts'
import { every } from './common.ts'

/** A bridge whose TLS protects nothing: it takes any certificate, and TLS 1.0. */
export function bridge(random: Random): Device {
  const mac = `ac:cf:23:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  return {
    name: 'bridge',
    mac,
    hostname: 'HF-LPB100',
    client: 'udhcpc',
    ipv6: 'none',
    async live(host) {
      const env = { OPENSSL_CONF: anyTls(host) }
      const get = (name: string, ...more: string[]) =>
        host.run(['curl', '-sS', '-k', '-A', 'bridgeworks/0.9', ...more, `https://${name}.bridgeworks.example/index.html`], {
          env,
        })
      await every(2, 15_000, async () => {
        await get('api')
        await get('log')
        await get('cdn')
        await get('legacy', '--tls-max', '1.0', '--ciphers', 'AES128-SHA', '--no-alpn')
      })
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const at = (name: string): string => lab.cloud(`${name}.bridgeworks.example`)
      return {
        category: 'hub',
        does: 'completes TLS 1.2 with an expired, a self-signed and a wrong-name certificate, and TLS 1.0 without forward secrecy',
        endpoints: ['api', 'log', 'cdn', 'legacy'].map((name) => ({
          name: `${name}.bridgeworks.example`,
          ip: at(name),
          port: 443,
          transport: 'tcp' as const,
          protocol: 'tls',
          shown: `${of} && ip.dst == ${at(name)} && tls.handshake.extensions_server_name == "${name}.bridgeworks.example"`,
        })),
        services: [],
        mustFind: [
          {
            check: 'certificate-not-verified',
            outcome: ['fail'],
            says: 'api.bridgeworks.example',
            because: 'expired in 2022, and data was sent',
            shown: `${of} && ip.dst == ${at('api')} && tls.app_data`,
          },
          {
            check: 'certificate-not-verified',
            outcome: ['fail'],
            says: 'api.bridgeworks.example',
            because: 'the certificate shown ended on 2022-01-01',
            shown: `eth.dst == ${mac} && ip.src == ${at('api')} && x509af.utcTime == "2022-01-01 00:00:00 (UTC)"`,
          },
          {
            check: 'certificate-not-verified',
            outcome: ['fail'],
            says: 'log.bridgeworks.example',
            because: 'self-signed, and data was sent',
            shown: `${of} && ip.dst == ${at('log')} && tls.app_data`,
          },
          {
            check: 'certificate-not-verified',
            outcome: ['fail'],
            says: 'cdn.bridgeworks.example',
            because: 'made for static.otherhost.example, and data was sent',
            shown: `eth.dst == ${mac} && ip.src == ${at('cdn')} && x509ce.dNSName == "static.otherhost.example"`,
          },
          {
            check: 'tls-weak',
            outcome: ['fail'],
            about: 'client',
            says: 'legacy.bridgeworks.example',
            because: 'TLS 1.0 chosen',
            shown: `eth.dst == ${mac} && ip.src == ${at('legacy')} && tls.handshake.type == 2 && tls.handshake.version == 0x0301`,
          },
        ],
        mustNotFind: [
          {
            check: 'cleartext-internet',
            outcome: ['fail', 'warn'],
            because: 'only DNS and TLS leave the network',
            absent: `${of} && (http.request || mqtt || ntp)`,
          },
          { check: 'credentials-in-clear', outcome: ['fail', 'warn'], because: 'none', absent: `${of} && http.authorization` },
          {
            check: 'certificate-not-verified',
            outcome: ['pass'],
            because: 'it took every bad certificate',
            absent: `${of} && tls.alert_message.desc == 45`,
          },
          {
            check: 'dangerous-services',
            outcome: ['fail', 'warn'],
            because: 'offers none',
            absent: `${of} && tcp.flags == 0x012`,
          },
          { check: 'unauthenticated-time', outcome: ['fail', 'warn'], because: 'asks no clock', absent: `${of} && ntp` },
          {
            check: 'trackers',
            outcome: ['fail', 'warn'],
            because: 'none',
            absent: `${of} && dns.qry.name matches "(analytics|doubleclick|scorecard)"`,
          },
        ],
      }
    },
  }
}
