import type { Device } from '../device.ts'
import { program, sleep } from '../host.ts'
import type { Random } from '../random.ts'

/** The owner's phone, with a random hardware address: finds the things, switches them, watches the camera. */
export function phone(random: Random): Device {
  const mac = `da:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  return {
    name: 'phone',
    mac,
    client: 'dhclient',
    ipv6: 'private',
    async live(host, lab) {
      await host.run(['curl', '-4', '-sS', '-A', 'HomeApp/5.2', '--cacert', lab.root, 'https://www.wikipedia.org/index.html'])
      await host.run(['curl', '-6', '-sS', '-A', 'HomeApp/5.2', '--cacert', lab.root, 'https://www.wikipedia.org/index.html'])
    },
    async act(host, lab) {
      await host.run([...program('discover'), lab.ip('phone')])
      await host.run([
        'curl',
        '-sS',
        '-A',
        'HomeApp/5.2',
        '--cacert',
        lab.root,
        '--resolve',
        `hub.lan:443:${lab.ip('hub')}`,
        'https://hub.lan/index.html',
      ])
      await host.run([...program('kasa-ask'), lab.ip('plug'), '192.168.50.255'])
      await host.run(['coap-client-notls', '-B', '3', '-m', 'get', `coap://${lab.ip('aquarium')}/.well-known/core`])
      await host.run(['coap-client-notls', '-B', '3', '-m', 'get', `coap://${lab.ip('aquarium')}/time`])
      await host.run([...program('rtsp-play'), `rtsp://${lab.ip('camera')}/live/ch0`])
      // The camera's own page: first without, then with the password it was sold with.
      await host.run(['curl', '-sS', '-A', 'HomeApp/5.2', `http://${lab.ip('camera')}/`])
      await host.run(['curl', '-sS', '-A', 'HomeApp/5.2', '-u', 'admin:admin', `http://${lab.ip('camera')}/`])
      await sleep(500)
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const wikipedia = lab.cloud('www.wikipedia.org')
      return {
        category: 'phone',
        does: 'controls the things on the LAN (HTTPS, Kasa, CoAP, RTSP, HTTP Basic with admin/admin); a random hardware address, no host name',
        endpoints: [
          {
            name: 'www.wikipedia.org',
            ip: wikipedia,
            port: 443,
            transport: 'tcp',
            protocol: 'tls',
            shown: `${of} && ip.dst == ${wikipedia} && tls.handshake.type == 1`,
          },
        ],
        services: [],
        mustFind: [
          {
            check: 'cleartext-local',
            outcome: ['inconclusive'],
            says: 'answer for it',
            because: 'RTSP, HTTP, CoAP and Kasa with the things at home, as those want it; it serves nothing itself',
            shown: `${of} && ip.dst == 192.168.50.0/24 && (rtsp || http || coap || tcp.dstport == 9999)`,
          },
          {
            check: 'default-credentials',
            outcome: ['inconclusive'],
            says: 'answers for that',
            because: 'it logs in to the camera with admin/admin, which the camera takes',
            shown: `${of} && http.authbasic == "admin:admin"`,
          },
          {
            check: 'broken-lan-protocol',
            outcome: ['inconclusive'],
            says: 'asked everyone on the network',
            because: 'it switches the plug by the XOR protocol, the only one the plug speaks, and looks for plugs by broadcast',
            shown: `${of} && tcp.dstport == 9999 && tcp.payload[4:1] == d0`,
          },
          {
            check: 'hardware-address-revealed',
            outcome: ['pass'],
            because: 'its global IPv6 addresses are random',
            shown: `${of} && ipv6.src == 2001:db8:50::/64`,
          },
          {
            check: 'credentials-in-clear',
            outcome: ['inconclusive'],
            says: 'answers for it',
            because: "it sent the camera's password by HTTP Basic, as the camera demands",
            shown: `${of} && http.authbasic == "admin:admin"`,
          },
          {
            check: 'tls-weak',
            outcome: ['pass'],
            about: 'client',
            because: 'TLS 1.3',
            shown: `eth.dst == ${mac} && ip.src == ${wikipedia} && tls.handshake.extensions.supported_version == 0x0304`,
          },
        ],
        mustNotFind: [
          {
            check: 'open-standards',
            outcome: ['fail', 'warn'],
            because: "the proprietary protocol is the plug's: the phone speaks it, nobody operates the phone by it",
            absent: `${of} && (tcp.srcport == 9999 || udp.srcport == 9999)`,
          },
          {
            check: 'cleartext-internet',
            outcome: ['fail', 'warn'],
            because: 'its clear text stays on the LAN',
            absent: `${of} && http.request && !(ip.dst == 192.168.50.0/24) && !(ip.dst == 239.255.255.250)`,
          },
          {
            check: 'dangerous-services',
            outcome: ['fail', 'warn'],
            because: 'offers none',
            absent: `${of} && tcp.flags == 0x012`,
          },
          {
            check: 'hardware-address-revealed',
            outcome: ['fail', 'warn'],
            because: 'its addresses are random',
            absent: `${of} && ipv6.src[11:2] == ff:fe`,
          },
          {
            check: 'trackers',
            outcome: ['fail', 'warn'],
            because: 'none',
            absent: `${of} && dns.qry.name matches "(analytics|doubleclick|scorecard)"`,
          },
          {
            check: 'names-revealed',
            outcome: ['fail', 'warn'],
            because: 'it tells no name',
            absent: `${of} && dhcp.option.hostname`,
          },
        ],
      }
    },
  }
}
