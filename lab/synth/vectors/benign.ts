import {
  ACK,
  arp,
  be16,
  be32,
  BROADCAST,
  type Bytes,
  icmp,
  ICMP,
  ICMP6,
  ipBytes,
  joined,
  latin,
  macBytes,
  RST,
  sized,
  UDP,
  udp,
} from '../frames.ts'
import { dhcp, dhcpOffer, lease, PINGREQ, PINGRESP } from '../household.ts'
import { ber, clientHello, dnsAnswer, dnsQuery, mqtt, ntp, serverHello, tlsRecord } from '../messages.ts'
import { bytes, type Host, linuxSyn, type Scene, type Turn } from '../scene.ts'
import { sshBegins, sshTry, sshTyped } from '../ssh.ts'
import { choice, number, type Param, type Values, vector, type Vector } from '../vector.ts'
import { advertise, advertisement } from './lan.ts'
import { telnetTries } from './guess.ts'

function benign<const P extends Record<string, Param>>(
  id: string,
  title: string,
  after: string,
  params: P,
  make: (scene: Scene, p: Values<P>, from: number) => number,
): Vector {
  return vector({ id: `benign-${id}`, title, after, benign: true, params, make })
}

const at24 = (n: number): Host => ({
  name: 'nobody',
  ip: Uint8Array.from([192, 168, 1, n]),
  ttl: 64,
  mac: macBytes(`02:00:00:00:00:${n.toString(16).padStart(2, '0')}`),
})

const sweep = benign(
  'app-sweep',
  'an app looks for its devices in all the /24: ARP, then a port',
  'IoT Inspector, IMC 2020; Girish et al., In the Room Where It Happens, IMC 2023 (apps that scan the local network)',
  { port: number(9999, 'port'), rate: number(50, 'hosts a second'), rounds: number(1, 'times') },
  (scene, p, from) => {
    const { phone } = scene
    let at = from
    for (let round = 0; round < p.rounds; round++)
      for (let n = 1; n < 255; n++) {
        const known = [scene.gateway, scene.device, scene.neighbour, scene.laptop].find((h) => h.ip[3] === n)
        scene.frame(at, arp(BROADCAST, phone.mac!, 1, phone.mac!, phone.ip, new Uint8Array(6), at24(n).ip))
        if (known) {
          scene.frame(at + 0.002, arp(phone.mac!, known.mac!, 2, known.mac!, known.ip, phone.mac!, phone.ip))
          scene.knock(
            at + 0.01,
            { host: phone, port: scene.port(phone) },
            { host: known, port: p.port },
            known === scene.neighbour ? 'open' : 'closed',
          )
        }
        at += 1 / p.rate
      }
    return at
  },
)

/** RFC 3550 section 5.1. */
const rtp = (n: number, body: Bytes): Bytes => joined([0x80, 96], be16(n & 0xffff), be32(n * 3000), be32(0xcafe), body)

const stream = benign(
  'camera-stream',
  'a camera sends its picture by RTP over UDP, one way, to a viewer out there',
  'RFC 3550; Li et al., Your Privilege Gives Your Privacy Away, INFOCOM 2016 (rates of home cameras)',
  {
    megabits: number(2, 'a second'),
    seconds: number(20, 'how long'),
    to: choice('internet', 'who sees it', ['internet', 'local']),
  },
  (scene, p, from) => {
    const viewer = p.to === 'internet' ? scene.out('viewer', 'cloud') : scene.laptop
    const size = 1200
    const gap = (size * 8) / (p.megabits * 1e6)
    let n = 0
    for (let at = from; at < from + p.seconds; at += gap, n++) {
      scene.udp(at, { host: scene.device, port: 32_004 }, { host: viewer, port: 51_002 }, rtp(n, bytes(scene.chance, size - 12)))
      if (n % 500 === 0)
        scene.udp(
          at + 0.01,
          { host: viewer, port: 51_003 },
          { host: scene.device, port: 32_005 },
          joined([0x80, 201], be16(1), be32(n)),
        )
    }
    return from + p.seconds
  },
)

const game = benign(
  'game',
  'a game or a video call: small datagrams, many a second, both ways',
  'Claypool, The effect of latency on user performance in RTS games, 2005; RFC 8834',
  { rate: number(60, 'a second each way'), seconds: number(30, 'how long'), size: number(200, 'bytes') },
  (scene, p, from) => {
    const server = scene.out('game server', 'cloud')
    const [a, b] = [
      { host: scene.laptop, port: 50_123 },
      { host: server, port: 27_015 },
    ]
    // as players do: asks the server what it is first
    scene.udp(from - 1, a, b, joined([255, 255, 255, 255], 'TSource Engine Query', [0]))
    for (let i = 0; i < p.rate * p.seconds; i++) {
      const at = from + i / p.rate
      scene.udp(at, a, b, joined([1], be16(i & 0xffff), bytes(scene.chance, 20 + scene.chance.below(p.size))))
      scene.udp(at + 0.02, b, a, joined([1], be16(i & 0xffff), bytes(scene.chance, 40 + scene.chance.below(p.size))))
    }
    return from + p.seconds
  },
)

const torrent = benign(
  'torrent',
  'a laptop shares files with hundreds of peers',
  'BEP 3, 5 and 29; Zhang et al., Building a Scalable System for Stealthy P2P-Botnet Detection, TIFS 2014',
  { peers: number(150, 'peers'), rate: number(5, 'peers a second') },
  (scene, p, from) => {
    const { chance, laptop } = scene
    const hash = bytes(chance, 20)
    const id = joined('-TR3000-', bytes(chance, 12))
    const node = bytes(chance, 20)
    for (let i = 0; i < p.peers; i++) {
      const at = from + i / p.rate
      const peer = scene.stranger()
      const port = chance.below(3) ? 6881 + chance.below(18) : 49_160 + chance.below(16_000)
      const [a, b] = [
        { host: laptop, port: 51_413 },
        { host: peer, port },
      ]
      const transaction = bytes(chance, 2)
      scene.udp(
        at,
        a,
        b,
        joined('d1:ad2:id20:', node, '9:info_hash20:', hash, 'e1:q9:get_peers1:t2:', transaction, '1:v4:TR\x30\x001:y1:qe'),
      )
      const answers = chance.below(3)
      if (answers > 0)
        scene.udp(
          at + 0.09,
          b,
          a,
          joined('d1:rd2:id20:', bytes(chance, 20), '5:nodes208:', bytes(chance, 208), 'e1:t2:', transaction, '1:y1:re'),
        )
      const here = { host: laptop, port: scene.port(laptop) }
      if (answers === 1) scene.knock(at + 0.2, here, b, 'silent')
      else if (answers === 0) scene.knock(at + 0.2, here, b, 'closed')
      else
        scene.talk({
          client: here,
          server: b,
          at: at + 0.2,
          turns: [
            { by: 'client', says: joined([19], 'BitTorrent protocol', new Uint8Array(8), hash, id) },
            { by: 'server', says: joined([19], 'BitTorrent protocol', new Uint8Array(8), hash, '-UT3550-', bytes(chance, 12)) },
            { by: 'client', says: joined(be32(1), [2]) },
            { by: 'server', says: joined(be32(1), [1]) },
          ],
        })
    }
    return from + p.peers / p.rate
  },
)

const backup = benign(
  'backup',
  'a laptop uploads a backup',
  'rclone, restic and their like over TLS',
  { megabytes: number(10, 'in all'), rate: number(2_000_000, 'bytes a second') },
  (scene, p, from) => {
    const { chance, laptop } = scene
    const host = scene.out('backup', 'cloud')
    scene.resolve(from - 0.2, laptop, 's3.backup.example', host)
    const count = Math.ceil((p.megabytes * 1e6) / 1400)
    return scene.talk({
      client: { host: laptop, port: scene.port(laptop) },
      server: { host, port: 443 },
      at: from,
      roundTrip: 0.001,
      turns: [
        { by: 'client', says: clientHello(chance, 's3.backup.example') },
        { by: 'server', says: serverHello(chance) },
        ...Array.from({ length: count }, (): Turn => ({ by: 'client', says: tlsRecord(chance, 1395), after: 1400 / p.rate })),
      ],
    })
  },
)

const camera = benign(
  'camera-upload',
  'a camera that sees movement uploads a clip to its maker',
  'Apthorpe et al., Spying on the Smart Home, 2017',
  { megabytes: number(3, 'a clip'), clips: number(3, 'how many') },
  (scene, p, from) => {
    const { chance, device } = scene
    const host = scene.out('clips', 'cloud')
    let at = from
    for (let i = 0; i < p.clips; i++) {
      scene.resolve(at, device, 'clips.maker-a.example', host)
      at = scene.talk({
        client: { host: device, port: scene.port(device) },
        server: { host, port: 443 },
        at: at + 0.1,
        roundTrip: 0.002,
        turns: [
          { by: 'client', says: clientHello(chance, 'clips.maker-a.example') },
          { by: 'server', says: serverHello(chance) },
          ...Array.from({ length: Math.ceil((p.megabytes * 1e6) / 1400) }, (): Turn => ({
            by: 'client',
            says: tlsRecord(chance, 1395),
            after: 0.003,
          })),
        ],
      })
      at += 60
    }
    return at
  },
)

/** Names as content networks and trackers have them: random to the eye, there, and asked now and then. */
const cdn = benign(
  'cdn-names',
  'names of content networks and advertisers that look random',
  'Plohmann et al. 2016 on benign names that look generated',
  { names: number(80, 'how many'), rate: number(0.5, 'a second') },
  (scene, p, from) => {
    const { chance, phone } = scene
    for (let i = 0; i < p.names; i++) {
      const name = chance.pick([
        `d${chance.hex(13)}.cloudfront.net`,
        `${chance.hex(32)}.safeframe.googlesyndication.com`,
        `e${chance.digits(5)}.dscb.akamaiedge.net`,
        `r${chance.below(9)}---sn-${chance.hex(8)}.googlevideo.com`,
        `${chance.hex(8)}-${chance.hex(4)}.trafficmanager.net`,
        `ec2-${chance.below(255)}-${chance.below(255)}-1-2.compute-1.amazonaws.com`,
      ])
      scene.resolve(from + i / p.rate, phone, name, scene.out('cdn', 'cloud'))
    }
    return from + p.names / p.rate
  },
)

const antivirus = benign(
  'antivirus-dns',
  'an antivirus asks for hashes of files in names',
  'Farnham, SANS 2013 (security products as false alarms of tunnel detection); Paxson et al., USENIX Security 2013, section 7',
  { queries: number(60, 'how many'), rate: number(1, 'a second') },
  (scene, p, from) => {
    const { chance, laptop } = scene
    for (let i = 0; i < p.queries; i++) {
      const at = from + i / p.rate
      const name = `${chance.hex(32)}.${chance.hex(8)}.i.avqs.vendor-av.example`
      const id = chance.below(65_536)
      const here = { host: laptop, port: scene.port(laptop) }
      const there = { host: scene.resolver, port: 53 }
      scene.udp(at, here, there, dnsQuery(id, name, 16))
      scene.udp(at + 0.03, there, here, dnsAnswer(id, name, 16, [sized(1, 'v=1 clean')]))
    }
    return from + p.queries / p.rate
  },
)

/** RFC 5782: a mail server asks whether an address is listed; most are not, and the answer is that there is no such name. */
const blocklist = benign(
  'blocklist-dns',
  'a mail server asks block lists by DNS, mostly for what is not there',
  'RFC 5782',
  { queries: number(120, 'how many'), rate: number(2, 'a second') },
  (scene, p, from) => {
    for (let i = 0; i < p.queries; i++) {
      const reversed = [...scene.stranger().ip].reverse().join('.')
      scene.resolve(
        from + i / p.rate,
        scene.laptop,
        `${reversed}.zen.spamhaus.org`,
        scene.chance.below(20) ? undefined : { name: 'listed', ip: ipBytes('127.0.0.2'), ttl: 64 },
      )
    }
    return from + p.queries / p.rate
  },
)

const search = benign(
  'search-suffix',
  'a laptop away from its office asks for names there that are not here',
  'RFC 1535; RFC 8020',
  { names: number(40, 'how many'), rate: number(1, 'a second') },
  (scene, p, from) => {
    for (let i = 0; i < p.names; i++)
      scene.resolve(
        from + i / p.rate,
        scene.laptop,
        `${scene.chance.pick(['wpad', 'isatap', 'printsrv01', 'dc02', 'intranet', 'sccm-dp3'])}.corp.office.example`,
        undefined,
      )
    return from + p.names / p.rate
  },
)

const pool = benign(
  'ntp-pool',
  'a thing asks many servers of the NTP pool',
  'RFC 5905; RFC 8633',
  { servers: number(20, 'how many'), rounds: number(10, 'times'), period: number(64, 'seconds') },
  (scene, p, from) => {
    const servers = Array.from({ length: p.servers }, () => scene.stranger())
    for (let round = 0; round < p.rounds; round++)
      for (const [i, host] of servers.entries()) {
        const at = from + round * p.period + i * 0.5
        if (round === 0) scene.resolve(at - 0.2, scene.device, `${i % 4}.pool.ntp.org`, host)
        scene.udp(at, { host: scene.device, port: 123 }, { host, port: 123 }, ntp(scene.chance, 3))
        scene.udp(at + 0.03, { host, port: 123 }, { host: scene.device, port: 123 }, ntp(scene.chance, 4))
      }
    return from + p.rounds * p.period
  },
)

const sshHuman = benign(
  'ssh-human',
  'somebody works at his machine at home over a forwarded SSH port',
  'RFC 4253',
  { keys: number(150, 'keystrokes'), wrong: number(1, 'wrong passwords first') },
  (scene, p, from) => {
    const { chance } = scene
    const human = scene.stranger()
    return scene.talk({
      client: { host: human, port: 50_022 },
      server: { host: scene.laptop, port: 22 },
      at: from,
      turns: [
        ...sshBegins(chance, 'OpenSSH_9.6', 'OpenSSH_9.2p1 Debian-2'),
        ...Array.from({ length: p.wrong }, () => sshTry(chance, false)).flat(),
        ...sshTry(chance, true),
        ...sshTyped(chance, p.keys),
      ],
    })
  },
)

const ansible = benign(
  'ssh-ansible',
  'Ansible logs in for each of its tasks: short sessions by key',
  'Ansible without ControlPersist',
  { tasks: number(30, 'how many'), gap: number(2, 'seconds between') },
  (scene, p, from) => {
    const { chance } = scene
    let at = from
    for (let i = 0; i < p.tasks; i++) {
      const task: Turn[] = [
        { by: 'client', says: bytes(chance, 600) },
        { by: 'server', says: bytes(chance, 36), after: 0.02 },
        { by: 'client', says: bytes(chance, 120) },
        ...Array.from({ length: 12 }, (): Turn[] => [
          { by: 'client', says: bytes(chance, 1300), after: 0.005 },
          { by: 'server', says: bytes(chance, 200 + chance.below(900)), after: 0.05 },
        ]).flat(),
      ]
      at =
        p.gap +
        scene.talk({
          client: { host: scene.laptop, port: scene.port(scene.laptop) },
          server: { host: scene.device, port: 22 },
          at,
          turns: [...sshBegins(chance, 'OpenSSH_9.6', 'dropbear_2022.83'), ...task],
        })
    }
    return at
  },
)

const telnet = benign(
  'telnet-admin',
  'the owner logs in to his router by Telnet, with one wrong password',
  'RFC 854',
  { wrong: number(1, 'wrong passwords first'), commands: number(10, 'commands') },
  (scene, p, from) => {
    const list = [...Array.from({ length: p.wrong }, () => ['admin', 'Summer2025'] as const), ['admin', 'Summer2026!'] as const]
    const typed = [
      'uptime',
      'ifconfig',
      'cat /proc/meminfo',
      'ps',
      'df -h',
      'dmesg | tail',
      'route -n',
      'free',
      'logread',
      'exit',
    ]
    return scene.talk({
      client: { host: scene.laptop, port: scene.port(scene.laptop) },
      server: { host: scene.gateway, port: 23 },
      at: from,
      turns: [
        ...telnetTries(list, true),
        ...Array.from({ length: p.commands }, (_, i): Turn[] => [
          { by: 'client', says: `${typed[i % typed.length]}\r\n`, after: 2 },
          { by: 'server', says: `${typed[i % typed.length]}\r\n 10:12:01 up 12 days, load average: 0.08\r\n# ` },
        ]).flat(),
      ],
    })
  },
)

const monitor = benign(
  'monitoring',
  'a monitoring system polls everything each minute: ping, HTTP, SNMP',
  'Nagios, Zabbix, LibreNMS; RFC 3416',
  { rounds: number(15, 'minutes') },
  (scene, p, from) => {
    const { chance, laptop } = scene
    for (let round = 0; round < p.rounds; round++) {
      const at = from + round * 60
      for (const [i, host] of [scene.gateway, scene.device, scene.neighbour, scene.phone].entries()) {
        const rest = joined(be16(99), be16(round), latin('monitoring'))
        scene.packet(at + i, laptop, host, ICMP, (a, b) => icmp(a, b, 8, 0, rest))
        scene.packet(at + i + 0.002, host, laptop, ICMP, (a, b) => icmp(a, b, 0, 0, rest))
        const client = { host: laptop, port: scene.port(laptop) }
        if (i < 2)
          scene.talk({
            client,
            server: { host, port: 80 },
            at: at + i + 0.1,
            turns: [
              { by: 'client', says: 'GET / HTTP/1.1\r\nHost: check\r\nUser-Agent: check_http\r\n\r\n' },
              {
                by: 'server',
                says: 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n',
              },
            ],
          })
        else scene.knock(at + i + 0.1, client, { host, port: 80 }, 'closed')
        const [a, b] = [
          { host: laptop, port: scene.port(laptop) },
          { host, port: 161 },
        ]
        const id = ber(2, [1, ...bytes(chance, 3)])
        const oid = ber(6, [0x2b, 6, 1, 2, 1, 1, 3, 0])
        scene.udp(
          at + i + 0.2,
          a,
          b,
          ber(0x30, [2, 1, 1], ber(4, 'public'), ber(0xa0, id, [2, 1, 0], [2, 1, 0], ber(0x30, ber(0x30, oid, [5, 0])))),
        )
        if (i < 2)
          scene.udp(
            at + i + 0.21,
            b,
            a,
            ber(
              0x30,
              [2, 1, 1],
              ber(4, 'public'),
              ber(0xa2, id, [2, 1, 0], [2, 1, 0], ber(0x30, ber(0x30, oid, ber(0x43, be32(round * 6000))))),
            ),
          )
      }
    }
    return from + p.rounds * 60
  },
)

const keepAlive = benign(
  'mqtt',
  'a thing keeps its MQTT session alive each 60 seconds, and says little',
  'MQTT 3.1.1, section 3.1.2.10',
  { beats: number(40, 'how many'), period: number(60, 'seconds'), port: number(1883, 'port') },
  (scene, p, from) => {
    const { chance, device } = scene
    const host = scene.out('broker', 'cloud')
    scene.resolve(from - 0.2, device, 'mqtt.maker-a.example', host)
    const connect = mqtt(0x10, joined(sized(2, 'MQTT'), [4, 2], be16(p.period), sized(2, `cam-${chance.hex(6)}`)))
    return scene.talk({
      client: { host: device, port: scene.port(device) },
      server: { host, port: p.port },
      at: from,
      ends: 'open',
      turns: [
        { by: 'client', says: connect },
        { by: 'server', says: mqtt(0x20, Uint8Array.of(0, 0)) },
        ...Array.from({ length: p.beats }, (): Turn[] => [
          { by: 'client', says: PINGREQ, after: p.period },
          { by: 'server', says: PINGRESP },
        ]).flat(),
      ],
    })
  },
)

const firmware = benign(
  'firmware',
  'a thing fetches its firmware over plain HTTP from its maker',
  'U-Boot image header (include/image.h)',
  { kilobytes: number(800, 'size') },
  (scene, p, from) => {
    const { chance, device } = scene
    const host = scene.out('firmware', 'cloud')
    scene.resolve(from - 0.2, device, 'fw.maker-a.example', host)
    const image = joined(
      [0x27, 5, 0x19, 0x56],
      bytes(chance, 28),
      sized(1, 'camera firmware 1.2'),
      bytes(chance, p.kilobytes * 1000),
    )
    return scene.talk({
      client: { host: device, port: scene.port(device) },
      server: { host, port: 80 },
      at: from,
      roundTrip: 0.004,
      turns: [
        {
          by: 'client',
          says: 'GET /cam/1.2/firmware.bin HTTP/1.1\r\nHost: fw.maker-a.example\r\nUser-Agent: camera/1.1\r\n\r\n',
        },
        {
          by: 'server',
          says: joined(
            `HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/octet-stream\r\nContent-Length: ${image.length}\r\n\r\n`,
            image,
          ),
        },
      ],
    })
  },
)

/** RFC 9568: the virtual router's MAC goes with its address; gratuitous ARP from the new master, and advertisements each second. */
const failover = benign(
  'vrrp',
  'two routers share an address; one takes over and says so by gratuitous ARP',
  'RFC 9568 (VRRP), sections 5 and 7.3',
  { takeovers: number(3, 'how often') },
  (scene, p, from) => {
    const shared = ipBytes('192.168.1.254')
    const virtual = macBytes('00:00:5e:00:01:0a')
    const group: Host = { name: 'vrrp', ip: ipBytes('224.0.0.18'), ttl: 255 }
    const routers = [
      scene.gateway,
      { ...scene.laptop, name: 'second router', mac: macBytes('78:8a:20:11:22:33'), ip: ipBytes('192.168.1.2') },
    ]
    let at = from
    for (let i = 0; i < p.takeovers; i++) {
      const master = routers[i % 2]!
      for (let n = 0; n < 3; n++) scene.frame(at + n, arp(BROADCAST, virtual, 2, virtual, shared, BROADCAST, shared))
      for (let n = 0; n < 20; n++) {
        const head = joined([0x21, 10, 100, 1, 0, 1, 0, 0], shared, new Uint8Array(8))
        head.set(be16(onesComplement(head)), 6)
        scene.packet(at + n, { ...master, mac: virtual }, group, 112, () => head, { ttl: 255 })
      }
      at += 30
    }
    return at
  },
)

function onesComplement(b: Bytes): number {
  let sum = 0
  for (let i = 0; i < b.length; i += 2) sum += (b[i]! << 8) | (b[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** RFC 3046: a relay passes what clients ask to the one server, and its answers back. The network's facts stay the same. */
const relay = benign(
  'dhcp-relay',
  'a second access point relays DHCP to the one server',
  'RFC 2131 section 4.1; RFC 3046',
  { leases: number(6, 'how many') },
  (scene, p, from) => {
    const { chance, gateway, phone } = scene
    const box: Host = { ...scene.neighbour, name: 'access point', mac: macBytes('78:8a:20:aa:bb:cc'), ip: ipBytes('192.168.1.3') }
    const everybody: Host = { name: 'everybody', ip: ipBytes('255.255.255.255'), ttl: 64, mac: new Uint8Array(6).fill(255) }
    let at = from
    for (let i = 0; i < p.leases; i++) {
      const id = be32(chance.below(2 ** 32))
      const nobody = ipBytes('0.0.0.0')
      for (const [asked, answered] of [
        [1, 2],
        [3, 5],
      ] as const) {
        scene.udp(at, { host: phone, port: 68 }, { host: everybody, port: 67 }, dhcp(1, id, nobody, phone.mac!, [53, 1, asked]), {
          source: nobody,
        })
        scene.udp(
          at + 0.002,
          { host: box, port: 67 },
          { host: gateway, port: 67 },
          dhcp(1, id, nobody, phone.mac!, [53, 1, asked], box.ip),
        )
        scene.udp(
          at + 0.01,
          { host: gateway, port: 67 },
          { host: box, port: 67 },
          dhcp(2, id, phone.ip, phone.mac!, dhcpOffer(answered, gateway, gateway), box.ip),
        )
        scene.udp(
          at + 0.012,
          { host: box, port: 67 },
          { host: phone, port: 68 },
          dhcp(2, id, phone.ip, phone.mac!, dhcpOffer(answered, gateway, gateway), box.ip),
        )
        at += 0.05
      }
      at += 40
    }
    return at
  },
)

const renumber = benign(
  'ra-change',
  'the IPv6 router is changed: the old one says that it ends, the new one begins',
  'RFC 4861 section 6.2.5; RFC 9096',
  {},
  (scene, _, from) => {
    const fresh: Host = {
      ...scene.gateway,
      name: 'new router',
      mac: macBytes('3c:a6:2f:01:02:03'),
      ip6: joined(ipBytes('2001:db8:1:1::').subarray(0, 8), ipBytes('::3ea6:2fff:fe01:203').subarray(8)),
    }
    for (let i = 0; i < 3; i++)
      advertise(scene, from + i * 10, scene.gateway, advertisement(scene.gateway, '2001:db8:1:1::', 1800))
    advertise(scene, from + 31, scene.gateway, advertisement(scene.gateway, '2001:db8:1:1::', 0))
    for (let i = 0; i < 6; i++) advertise(scene, from + 32 + i * 10, fresh, advertisement(fresh, '2001:db8:1:2::', 1800))
    // and a neighbour that looks whether its address is free (RFC 4862 section 5.4.3)
    scene.packet(
      from + 40,
      scene.phone,
      { name: 'solicited', ip: ipBytes('224.0.0.1'), ip6: ipBytes('ff02::1:ff00:30'), ttl: 255 },
      ICMP6,
      (a, b) => icmp(a, b, 135, 0, joined(be32(0), scene.phone.ip6!)),
      { six: true, ttl: 255, source: ipBytes('::') },
    )
    return from + 100
  },
)

const moved = benign(
  'new-phone',
  'an address goes from one phone to another: a lease that ended, and a gratuitous ARP',
  'RFC 5227 section 3; random MAC addresses of phones',
  { changes: number(3, 'how often') },
  (scene, p, from) => {
    for (let i = 0; i < p.changes; i++) {
      const mac = macBytes(`da:a1:19:${scene.chance.hex(2)}:${scene.chance.hex(2)}:${scene.chance.hex(2)}`)
      const host: Host = { ...scene.phone, name: 'phone', mac }
      lease(scene, host, from + i * 120)
      for (let n = 0; n < 3; n++)
        scene.frame(
          from + i * 120 + 1 + n,
          arp(BROADCAST, mac, 1, mac, n < 2 ? ipBytes('0.0.0.0') : host.ip, new Uint8Array(6), host.ip),
        )
      scene.frame(from + i * 120 + 4, arp(BROADCAST, mac, 1, mac, host.ip, new Uint8Array(6), host.ip))
    }
    return from + p.changes * 120
  },
)

const offline = benign(
  'cloud-down',
  "a maker's cloud is down: a thing calls it again and again, then it is back",
  'RFC 6298; exponential and fixed retries of consumer things',
  { minutes: number(10, 'how long it is down'), period: number(10, 'seconds between calls') },
  (scene, p, from) => {
    const host = scene.out('maker', 'cloud')
    scene.resolve(from - 0.2, scene.device, 'api.maker-a.example', host)
    let at = from
    for (; at < from + p.minutes * 60; at += p.period) {
      const here = { host: scene.device, port: scene.port(scene.device) }
      const seq = scene.chance.below(2 ** 32)
      if (scene.chance.below(2)) scene.knock(at, here, { host, port: 443 }, 'closed')
      else
        for (const later of [0, 1, 3])
          scene.tcp(at + later, here, { host, port: 443 }, { seq, flags: 2, options: linuxSyn(1460, 7) })
      if (Math.round((at - from) / p.period) % 6 === 0) scene.resolve(at + 0.1, scene.device, 'api.maker-a.example', host)
    }
    return scene.talk({
      client: { host: scene.device, port: scene.port(scene.device) },
      server: { host, port: 443 },
      at,
      turns: [
        { by: 'client', says: clientHello(scene.chance, 'api.maker-a.example') },
        { by: 'server', says: serverHello(scene.chance) },
        { by: 'client', says: tlsRecord(scene.chance, 400) },
      ],
    })
  },
)

/** What every address on the Internet gets, where a port is open to it: nothing to worry anybody with. */
const noise = benign(
  'internet-noise',
  'what reaches every address on the Internet: single probes, answers to others’ spoofed floods',
  'Wustrow et al., Internet Background Radiation Revisited, IMC 2010',
  { packets: number(120, 'how many'), period: number(10, 'seconds between') },
  (scene, p, from) => {
    const { chance } = scene
    for (let i = 0; i < p.packets; i++) {
      const at = from + i * p.period
      const host = scene.stranger()
      const to = { host: scene.gateway, port: chance.pick([23, 22, 445, 80, 8080, 3389, 5060, 2323, 6379]) }
      if (chance.below(4) === 0)
        scene.tcp(
          at,
          { host, port: 80 },
          { host: scene.gateway, port: 1024 + chance.below(60_000) },
          { seq: chance.below(2 ** 32), ack: chance.below(2 ** 32), flags: 0x12 },
        )
      else if (chance.below(6) === 0)
        scene.packet(at, host, scene.gateway, UDP, (a, b) =>
          udp(a, b, 5060, 5060, latin('OPTIONS sip:100@192.0.2.1 SIP/2.0\r\nContent-Length: 0\r\n\r\n')),
        )
      else scene.knock(at, { host, port: 40_000 + chance.below(20_000) }, to, 'closed', { options: [], window: 1024 })
    }
    return from + p.packets * p.period
  },
)

const browser = benign(
  'browser',
  'a page opens dozens of connections to many servers at once, and resets some',
  'Butkiewicz et al., Understanding website complexity, IMC 2011',
  { pages: number(10, 'how many'), servers: number(25, 'a page') },
  (scene, p, from) => {
    const { chance, laptop } = scene
    for (let page = 0; page < p.pages; page++)
      for (let i = 0; i < p.servers; i++) {
        const at = from + page * 30 + i * 0.02
        const host = scene.stranger()
        const name = `${chance.pick(['img', 'static', 'ads', 'api', 'cdn'])}${i}.site${page}.example`
        scene.resolve(at, laptop, name, host)
        const client = { host: laptop, port: scene.port(laptop) }
        scene.talk({
          client,
          server: { host, port: 443 },
          at: at + 0.05,
          ends: chance.below(3) ? 'fin' : 'rst',
          turns: [
            { by: 'client', says: clientHello(chance, name) },
            { by: 'server', says: serverHello(chance) },
            { by: 'client', says: tlsRecord(chance, 500) },
            { by: 'server', says: tlsRecord(chance, 1200) },
          ],
        })
        if (chance.below(6) === 0) scene.tcp(at + 2, client, { host, port: 443 }, { seq: 1, flags: RST | ACK })
      }
    return from + p.pages * 30
  },
)

const idle = benign(
  'home',
  'an ordinary home, nothing else',
  'as of all vectors',
  { hours: number(2, 'how long') },
  (_, p, from) => from + p.hours * 3600,
)

export const BENIGN: readonly Vector[] = [
  idle,
  sweep,
  stream,
  game,
  torrent,
  backup,
  camera,
  cdn,
  antivirus,
  blocklist,
  search,
  pool,
  sshHuman,
  ansible,
  telnet,
  monitor,
  keepAlive,
  firmware,
  failover,
  relay,
  renumber,
  moved,
  offline,
  noise,
  browser,
]
