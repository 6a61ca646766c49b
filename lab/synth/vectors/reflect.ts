import { be16, be32, type Bytes, joined, latin } from '../frames.ts'
import { ber, dnsName } from '../messages.ts'
import { bytes, type Host, type Mark, type Scene } from '../scene.ts'
import { choice, number, vector, type Vector } from '../vector.ts'

/** A service that answers much to little, to whoever is said to have asked. */
interface Amplifier {
  readonly name: string
  readonly port: number
  readonly after: string
  readonly ask: (chance: Scene['chance']) => Bytes
  /** Datagrams. */
  readonly answer: (chance: Scene['chance'], asked: Bytes) => Bytes[]
}

const OID = [0x2b, 6, 1, 2, 1, 1]

const AMPLIFIERS: readonly Amplifier[] = [
  {
    name: 'ssdp',
    port: 1900,
    after: 'Rossow, Amplification Hell, NDSS 2014; UPnP Device Architecture 1.1, section 1.3',
    ask: () =>
      latin('M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n'),
    answer: (chance) => {
      const id = chance.hex(12)
      return [
        'upnp:rootdevice',
        'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
        'urn:schemas-upnp-org:service:WANIPConnection:1',
        'urn:schemas-upnp-org:service:Layer3Forwarding:1',
        'urn:schemas-upnp-org:device:WANDevice:1',
        'urn:schemas-upnp-org:device:WANConnectionDevice:1',
        'urn:schemas-upnp-org:service:WANPPPConnection:1',
      ].map((st) =>
        latin(
          `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: ${st}\r\nUSN: uuid:${id}::${st}\r\nEXT:\r\nSERVER: Linux/2.6 UPnP/1.0 MiniUPnPd/1.4\r\nLOCATION: http://192.168.1.20:49152/rootDesc.xml\r\n\r\n`,
        ),
      )
    },
  },
  {
    name: 'ntp',
    port: 123,
    after: 'Czyz et al., Taming the 800 Pound Gorilla, IMC 2014 (MON_GETLIST_1, mode 7)',
    ask: () => joined([0x17, 0, 3, 0x2a], new Uint8Array(4)),
    // sequence, 6 items of 72 bytes (ntp_request.h: struct info_monitor_1)
    answer: (chance) =>
      Array.from({ length: 10 }, (_, i) =>
        joined(
          [i < 9 ? 0xd7 : 0x97, i, 3, 0x2a],
          be16(6),
          be16(72),
          ...Array.from({ length: 6 }, () =>
            joined(
              be32(60),
              be32(10),
              be32(0),
              be32(5),
              bytes(chance, 4),
              bytes(chance, 4),
              be32(1),
              be16(123),
              [3, 4],
              new Uint8Array(40),
            ),
          ),
        ),
      ),
  },
  {
    name: 'dns',
    port: 53,
    after: 'Rossow, NDSS 2014; RFC 8482 on ANY',
    ask: (chance) =>
      joined(
        bytes(chance, 2),
        [1, 0, 0, 1, 0, 0, 0, 0, 0, 1],
        dnsName('big.example'),
        [0, 255, 0, 1],
        [0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0],
      ),
    answer: (chance, asked) => {
      const text = () => joined([255], latin(chance.hex(255)))
      const records = Array.from({ length: 5 }, () => joined([0xc0, 12, 0, 16, 0, 1], be32(300), be16(256), text()))
      return [
        joined(
          asked.subarray(0, 2),
          [0x81, 0x80, 0, 1],
          be16(records.length),
          [0, 0, 0, 0],
          dnsName('big.example'),
          [0, 255, 0, 1],
          ...records,
        ),
      ]
    },
  },
  {
    name: 'cldap',
    port: 389,
    after: 'RFC 1798; Netlab and Akamai on CLDAP reflection, 2017',
    // searchRequest: base "", base scope, no limits, (objectClass=*)
    ask: () =>
      ber(
        0x30,
        [2, 1, 1],
        ber(0x63, ber(4), [10, 1, 0], [10, 1, 0], [2, 1, 0], [2, 1, 0], [1, 1, 0], ber(0x87, 'objectclass'), ber(0x30)),
      ),
    answer: (chance) => {
      const attribute = (name: string, value: string) => ber(0x30, ber(4, name), ber(0x31, ber(4, value)))
      const attributes = Array.from({ length: 18 }, (_, i) =>
        attribute(
          ['namingContexts', 'supportedControl', 'supportedLDAPPolicies'][i % 3]!,
          `DC=corp${i},DC=example,CN=${chance.hex(24)}`,
        ),
      )
      return [
        joined(
          ber(0x30, [2, 1, 1], ber(0x64, ber(4), ber(0x30, ...attributes))),
          ber(0x30, [2, 1, 1], ber(0x65, [10, 1, 0], ber(4), ber(4))),
        ),
      ]
    },
  },
  {
    name: 'memcached',
    port: 11_211,
    after: 'CVE-2018-1000115; Cloudflare, Memcrashed, 2018; protocol.txt of memcached (UDP frame header)',
    ask: () => joined([0, 1, 0, 0, 0, 1, 0, 0], 'stats\r\n'),
    answer: (chance) =>
      Array.from({ length: 20 }, (_, i) =>
        joined(
          [0, 1],
          be16(i),
          be16(20),
          [0, 0],
          i === 0 ? 'STAT pid 21357\r\n' : `STAT k${i} ${chance.digits(8)}\r\n`,
          latin(`STAT v ${chance.hex(1300)}\r\n`),
          i === 19 ? 'END\r\n' : '',
        ),
      ),
  },
  {
    name: 'snmp',
    port: 161,
    after: 'Rossow, NDSS 2014; RFC 3416 section 4.2.3 (GetBulk)',
    ask: (chance) =>
      ber(
        0x30,
        [2, 1, 1],
        ber(4, 'public'),
        ber(0xa5, ber(2, [1, ...bytes(chance, 3)]), [2, 1, 0], [2, 2, 8, 0xca], ber(0x30, ber(0x30, ber(6, OID), [5, 0]))),
      ),
    answer: (chance, asked) => {
      const rows = Array.from({ length: 40 }, (_, i) =>
        ber(0x30, ber(6, [...OID, 9, 1, 3, 1 + i]), ber(4, `entry ${chance.hex(12)}`)),
      )
      const id = asked.subarray(asked.indexOf(0xa5) + 2, asked.indexOf(0xa5) + 8)
      return [ber(0x30, [2, 1, 1], ber(4, 'public'), ber(0xa2, id, [2, 1, 0], [2, 1, 0], ber(0x30, ...rows)))]
    },
  },
]

const params = {
  role: choice(
    'reflector',
    'reflector: the device answers spoofed questions; source: it sends them; target: the answers come to it',
    ['reflector', 'source', 'target'],
  ),
  rate: number(50, 'questions a second'),
  seconds: number(10, 'how long'),
  reflectors: number(300, 'servers that are asked or that answer'),
  victims: number(1, 'addresses that the questions claim to be from'),
}

function reflection(a: Amplifier): Vector {
  return vector({
    id: `reflect-${a.name}`,
    title: `reflection and amplification by ${a.name.toUpperCase()}`,
    after: a.after,
    params,
    make(scene, p, from) {
      const { chance, device } = scene
      const mark: Mark = {
        device,
        stage: p.role === 'target' ? 'flooded' : 'attacking',
        role: p.role === 'target' ? 'target' : 'source',
        vector: a.name,
      }
      const victims = Array.from({ length: p.victims }, () => scene.out('victim', 'victim'))
      const reflectors = Array.from({ length: p.reflectors }, () => scene.stranger())
      for (let i = 0; i < p.rate * p.seconds; i++) {
        const at = from + i / p.rate
        const asked = a.ask(chance)
        const victim: Host = victims[i % victims.length]!
        const port = victimPort(chance)
        const reflector = reflectors[i % reflectors.length]!
        if (p.role === 'source') {
          scene.udp(at, { host: device, port }, { host: reflector, port: a.port }, asked, { mark, source: victim.ip })
          continue
        }
        const [by, at_] = p.role === 'reflector' ? [device, victim] : [reflector, device]
        if (p.role === 'reflector')
          scene.udp(at, { host: victim, port }, { host: device, port: a.port }, asked, { mark, ttl: 240 - chance.below(10) })
        for (const [n, said] of a.answer(chance, asked).entries())
          scene.udp(
            at + 0.001 + n / 1e5,
            { host: by, port: a.port },
            { host: at_, port: p.role === 'reflector' ? port : 4444 },
            said,
            { mark },
          )
      }
      return from + p.seconds
    },
  })
}

const victimPort = (chance: Scene['chance']) => (chance.below(2) ? 80 : 1024 + chance.below(64_000))

export const REFLECTIONS = AMPLIFIERS.map(reflection)
