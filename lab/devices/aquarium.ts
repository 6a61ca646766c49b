import type { Device } from '../device.ts'
import type { Random } from '../random.ts'
import { every } from './common.ts'

/** A water sensor that speaks CoAP without DTLS, at home and to its cloud. */
export function aquarium(random: Random): Device {
  const mac = `00:0d:6f:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  return {
    name: 'aquarium',
    mac,
    client: 'udhcpc',
    ipv6: 'none',
    async live(host, lab) {
      host.start(['coap-server-notls', '-A', lab.ip('aquarium'), '-d', '10'])
      const ingest = lab.cloud('ingest.aqua.example')
      await every(4, 8000, async (turn) => {
        await host.run(['busybox', 'nslookup', '-type=a', 'ingest.aqua.example'])
        await host.run([
          'coap-client-notls',
          '-B',
          '3',
          '-m',
          'put',
          '-e',
          `{"t":${24 + turn},"ph":7.1}`,
          `coap://${ingest}/tank`,
        ])
      })
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const ingest = lab.cloud('ingest.aqua.example')
      return {
        category: 'sensor',
        does: 'CoAP without DTLS: readings to its cloud, and a server on the LAN',
        endpoints: [
          {
            name: 'ingest.aqua.example',
            ip: ingest,
            port: 5683,
            transport: 'udp',
            protocol: 'coap',
            shown: `${of} && ip.dst == ${ingest} && coap.code == 3`,
          },
        ],
        services: [{ port: 5683, transport: 'udp', protocol: 'coap', shown: `${of} && udp.srcport == 5683 && coap.code == 69` }],
        mustFind: [
          {
            check: 'cleartext-internet',
            outcome: ['fail'],
            because: 'CoAP PUT in clear',
            shown: `${of} && ip.dst == ${ingest} && coap`,
          },
          { check: 'open-standards', outcome: ['pass'], because: 'CoAP is one (RFC 7252)', shown: `${of} && coap` },
          {
            check: 'cleartext-local',
            outcome: ['fail', 'warn'],
            because: 'CoAP without DTLS on the LAN',
            shown: `${of} && udp.srcport == 5683 && coap && ip.dst == 192.168.50.0/24`,
          },
          {
            check: 'services-offered',
            outcome: ['inconclusive'],
            says: 'udp/5683',
            because: 'UDP 5683 answers',
            shown: `${of} && udp.srcport == 5683 && coap`,
          },
        ],
        mustNotFind: [
          { check: 'credentials-in-clear', outcome: ['fail', 'warn'], because: 'none' },
          {
            check: 'names-revealed',
            outcome: ['fail', 'warn'],
            because: 'it tells no name',
            absent: `${of} && (dhcp.option.hostname || mdns || nbns || ssdp)`,
          },
          {
            check: 'tls-weak',
            outcome: ['fail', 'warn', 'pass'],
            because: 'it speaks no TLS',
            absent: `eth.addr == ${mac} && (tls || dtls)`,
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
