import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { http } from '../../decode/protocols/http.ts'
import type { Conversation } from '../../decode/stream.ts'
import { conversations, prefixOf } from '../../testing/conversations.ts'
import { corpus } from '../../testing/corpus.ts'
import type { Context, Party } from '../context.ts'
import type { Kind, Kinds } from '../kinds.ts'
import { observeHttp, pathShape } from './http.ts'

interface Seen {
  who: Party
  kind: Kind
  key: string
  data: Kinds[Kind]
  frame: number
}

/** A context that writes down what it is told. */
class Recorder implements Context {
  transport = 'tcp' as const
  capture = 0
  time = 0
  client: Party
  server: Party
  canaries: readonly string[]
  seen: Seen[] = []
  signals: [string, string, string, number][] = []
  protections: string[] = []
  serverNames: string[] = []

  constructor(client: Party, server: Party, canaries: readonly string[] = []) {
    this.client = client
    this.server = server
    this.canaries = canaries
  }
  peer(party: Party) {
    return { ip: party.ip, port: party.port, scope: party.scope }
  }
  sign(): void {}
  add<K extends Kind>(
    who: Party,
    kind: K,
    key: string,
    data: Kinds[K],
    frame: number,
    options?: { update?: (kept: Kinds[K]) => void },
  ): void {
    if (who.host < 0) return
    const before = this.seen.find((s) => s.who.host === who.host && s.kind === kind && s.key === key)
    if (before === undefined) this.seen.push({ who, kind, key, data, frame })
    else options?.update?.(before.data as Kinds[K])
  }
  signal(who: Party, kind: string, value: string, frame: number): void {
    if (who.host >= 0) this.signals.push([who === this.client ? 'client' : 'server', kind, value, frame])
  }
  owner(): Party {
    return WEB
  }
  knownPart(): undefined {}

  learnName(): void {}
  learnNetwork(): void {}
  learnLease(): void {}
  protect(protection: string): void {
    this.protections.push(protection)
  }
  serverName(name: string): void {
    this.serverNames.push(name)
  }
  of<K extends Kind>(kind: K, who?: Party): Kinds[K][] {
    return this.seen.filter((s) => s.kind === kind && (who === undefined || s.who === who)).map((s) => s.data as Kinds[K])
  }
}

const THING: Party = { host: 0, ip: '192.168.1.9', port: 40000, scope: 'local', mac: '94:10:3e:41:c2:05' }
const PHONE: Party = { host: 1, ip: '192.168.1.20', port: 40001, scope: 'local' }
const WEB: Party = { host: -1, ip: '203.0.113.7', port: 80, scope: 'internet' }
const HUB: Party = { ...THING, port: 80 }

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const lines = (...of: string[]): string => `${of.join('\r\n')}\r\n\r\n`
const answer = (status: number, body = '', ...fields: string[]): string =>
  lines(`HTTP/1.1 ${status} x`, `Content-Length: ${bytes(body).length}`, ...fields) + body
const post = (target: string, body: string, ...fields: string[]): string =>
  lines(`POST ${target} HTTP/1.1`, 'Host: h', `Content-Length: ${bytes(body).length}`, ...fields) + body

function observe(client: Party, server: Party, asked: string, answered = '', canaries: string[] = []): Recorder {
  const recorder = new Recorder(client, server, canaries)
  const conversation: Conversation = {
    client: prefixOf(bytes(asked), 11),
    server: prefixOf(bytes(answered), 12),
    clientPort: client.port,
    serverPort: server.port,
  }
  http.decode(conversation, (m) => observeHttp(m, recorder))
  return recorder
}

describe('who asks', () => {
  const context = observe(
    THING,
    WEB,
    lines('GET /v1/report/12345?mac=x&t=21 HTTP/1.1', 'Host: API.Vendor.example:80', 'User-Agent: thing/2'),
    answer(200, '{}', 'Server: nginx', 'Content-Type: application/json'),
  )
  it('is told by its request and the answer', () => {
    expect(context.of('http.client')).toEqual([
      {
        peer: { ip: '203.0.113.7', port: 80, scope: 'internet', name: 'api.vendor.example' },
        method: 'GET',
        host: 'API.Vendor.example:80',
        path: '/v1/report/*?mac&t',
        agent: 'thing/2',
        authorization: undefined,
        status: 200,
        server: 'nginx',
        contentType: 'application/json',
      },
    ])
    expect(context.seen.every(({ who }) => who === THING)).toBe(true)
    expect(context.signals).toEqual([
      ['client', 'http.agent', 'thing/2', 11],
      ['client', 'http.host', 'api.vendor.example', 11],
    ])
    expect(context.protections).toEqual(['clear'])
    expect(context.serverNames).toEqual(['api.vendor.example'])
  })
  it('polls one URL as one fact, and keeps the first answer seen', () => {
    const poll = (id: number): string => lines(`GET /poll/${id}?since=${id * 7} HTTP/1.1`, 'Host: h')
    const polled = observe(THING, WEB, poll(123456) + poll(123457) + poll(5), answer(204))
    expect(polled.of('http.client')).toMatchObject([{ path: '/poll/*?since', status: 204 }])
  })
  it('names no server by an address', () => {
    const { serverNames, signals } = observe(
      THING,
      WEB,
      lines('GET / HTTP/1.1', 'Host: 203.0.113.7:8080') +
        lines('GET / HTTP/1.1', 'Host: [2001:db8::1]') +
        lines('GET / HTTP/1.1', 'Host: a b/../c'),
    )
    expect([serverNames, signals]).toEqual([[], []])
  })
  it('takes the name from an absolute target', () => {
    expect(
      observe(THING, WEB, lines('GET http://real.example/x?y HTTP/1.1', 'Host: proxy.example')).of('http.client'),
    ).toMatchObject([{ peer: { name: 'real.example' }, path: '/x?y' }])
  })
})

describe('who answers', () => {
  it('shows what it is, and what it serves without asking who', () => {
    const { of, signals } = bind(
      observe(
        PHONE,
        HUB,
        lines('GET / HTTP/1.1'),
        answer(200, '<html><head><TITLE>\n IC-3115W  Camera </TITLE>', 'Server: GoAhead-Webs', 'Content-Type: text/html'),
      ),
    )
    expect(of('http.server')).toEqual([
      {
        peer: { ip: PHONE.ip, port: PHONE.port, scope: 'local' },
        port: 80,
        server: 'GoAhead-Webs',
        authentication: 'none',
        status: 200,
        path: '/',
        title: 'IC-3115W Camera',
      },
    ])
    expect(signals.filter(([who]) => who === 'server')).toEqual([
      ['server', 'http.server', 'GoAhead-Webs', 12],
      ['server', 'http.title', 'IC-3115W Camera', 12],
    ])
  })
  it('shows the scheme it demands, and its realm', () => {
    const { of, signals } = bind(
      observe(
        PHONE,
        HUB,
        lines('GET / HTTP/1.1'),
        answer(401, '<title>401 Unauthorized</title>', 'WWW-Authenticate: Basic realm="DCS-930L"'),
      ),
    )
    expect(of('http.server')).toMatchObject([{ authentication: 'Basic', status: 401, title: undefined }])
    expect(signals).toEqual([['server', 'http.realm', 'DCS-930L', 12]])
  })
  it.each([
    ['a cookie may be a log-in', lines('GET / HTTP/1.1', 'Cookie: session=1'), ''],
    ['a token in the query may', lines('GET /x?token=1 HTTP/1.1'), ''],
    ['a key in the path may', lines('GET /api/aBcDeFgH1jKlMnOpQrStUvWxYz/lights HTTP/1.1'), ''],
    ['a field of its own may', lines('GET /x HTTP/1.1', 'HNAP_AUTH: 3A2B 1'), ''],
    ['it is the log-in', post('/login', 'user=jane&password=x1'), ''],
    ['it is the page that asks', lines('GET /start HTTP/1.1'), '<form><input name=p type="password">'],
    ['SOAP has its own', post('/HNAP1/', '<x/>', 'SOAPAction: "http://purenetworks.com/HNAP1/Login"'), ''],
  ])('is not said to ask for nothing where %s', (_, asked, body) => {
    expect(observe(PHONE, HUB, asked, answer(200, body)).of('http.server')).toMatchObject([{ authentication: undefined }])
  })
})

function bind(recorder: Recorder) {
  return { of: recorder.of.bind(recorder), signals: recorder.signals }
}

describe('credentials', () => {
  const basic = (pair: string): string => lines('GET /x HTTP/1.1', `Authorization: Basic ${btoa(pair)}`)
  it('are masked, judged by the answer, and told of both sides', () => {
    const context = observe(PHONE, HUB, basic('admin:12345'), answer(200))
    const shown = {
      protocol: 'http',
      scheme: 'Basic',
      user: 'a…(5)',
      secret: '1…(5)',
      known: 'Mirai source code',
      accepted: 'yes',
    }
    expect(context.of('credential', PHONE)).toEqual([
      { role: 'client', peer: { ip: HUB.ip, port: 80, scope: 'local' }, ...shown },
    ])
    expect(context.of('credential', HUB)).toEqual([
      { role: 'server', peer: { ip: PHONE.ip, port: 80, scope: 'local' }, ...shown },
    ])
    expect(context.of('login', HUB)).toMatchObject([{ role: 'server', outcome: 'accepted' }])
    expect(JSON.stringify(context.seen)).not.toContain('12345')
  })
  it.each([
    [401, 'no', 'refused'],
    [403, 'no', 'refused'],
    [302, 'yes', 'accepted'],
    [500, 'unknown', 'unknown'],
  ])('answered with %i: %s', (status, accepted, outcome) => {
    const context = observe(PHONE, HUB, basic('jane:Tr0ub4dor'), answer(status))
    expect(context.of('credential', HUB)).toMatchObject([{ accepted, known: undefined }])
    expect(context.of('login', HUB)).toMatchObject([{ outcome }])
  })
  it('unanswered, are neither', () => {
    expect(observe(PHONE, HUB, basic('a:b')).of('login', HUB)).toMatchObject([{ outcome: 'unknown' }])
  })
  // MD5 by md5sum: HA1 of admin:DCS-930L:12345, HA2 of GET:/image/jpeg.cgi (RFC 7616 section 3.4)
  const digest = (response: string, qop = ''): string =>
    lines(
      'GET /image/jpeg.cgi HTTP/1.1',
      `Authorization: Digest username="admin", realm="DCS-930L", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/image/jpeg.cgi", response="${response}"${qop}`,
    )
  it('Digest hides a good password and not a published one', () => {
    const of = (asked: string) => observe(PHONE, HUB, asked, answer(200)).of('credential', HUB)
    expect(of(digest('9b256db8638728cfc5c1c47c70d7e594'))).toMatchObject([
      { scheme: 'Digest', user: 'a…(5)', secret: undefined, known: 'Mirai source code' },
    ])
    expect(of(digest('99ef801bf0e43f69c29f5db15ab57269', ', qop=auth, nc=00000001, cnonce="0a4f113b"'))).toMatchObject([
      { known: 'Mirai source code' },
    ])
    expect(of(digest('d4fbd65a09ecea827909dfe6ba811a8e'))).toMatchObject([{ known: undefined }])
  })
  it('in forms, queries and JSON; the Wi-Fi key too', () => {
    const context = observe(
      PHONE,
      HUB,
      [
        post('/login.cgi', 'user=admin&pwd=hunter%40home&x=1'),
        lines('GET /api?username=jane&password=secret99 HTTP/1.1'),
        post('/api/login', '{"username": "joe", "password": "pass w0rd"}'),
        post('/setup', 'ssid=HomeNet&wpa_psk=correct%20horse'),
        post('/note', 'bypass=1&compass=2&passage=3'),
      ].join(''),
    )
    expect(context.of('credential', HUB)).toMatchObject([
      { scheme: 'form /login.cgi', user: 'a…(5)', secret: 'h…(11)', accepted: 'unknown' },
      { scheme: 'form /api?username&password', user: 'j…(4)', secret: 's…(8)' },
      { scheme: 'form /api/login', user: 'j…(3)', secret: 'p…(9)' },
      { scheme: 'wifi /setup', secret: 'c…(13)' },
    ])
    expect(JSON.stringify(context.seen)).not.toMatch(/hunter|secret99|w0rd|horse/)
  })
})

describe('personal data', () => {
  it('is told of its sender, with its place', () => {
    const context = observe(
      THING,
      WEB,
      post(
        '/up?id=94103E41C205',
        '{"email":"jane@example.org","ssid":"HomeNet"}',
        'X-Serial: AB12CD34',
        'Content-Type: application/json',
      ),
      answer(200, '{"email":"ceo@vendor.example"}'),
      [],
    )
    expect(context.of('personal').map(({ what, where, masked }) => [what, where, masked])).toEqual([
      ['mac', 'path', '9…(17)'],
      ['serial', 'header x-serial', 'A…(8)'],
      ['email', 'body', 'j…(16)'],
      ['ssid', 'body', 'H…(7)'],
    ])
  })
  it('in a page or script is only what is surely its own', () => {
    const page =
      '<html><!-- author: jane@example.org --><script>ssid="x1"; serial="AB12CD34"</script>94:10:3E:41:C2:05 Purple Otter</html>'
    expect(
      observe(PHONE, HUB, lines('GET / HTTP/1.1'), answer(200, page, 'Content-Type: text/html'), ['Purple Otter'])
        .of('personal', HUB)
        .map(({ what }) => what),
    ).toEqual(['mac', 'canary'])
  })
  it('is not looked for in pictures', () => {
    expect(
      observe(PHONE, HUB, lines('GET /a.jpg HTTP/1.1'), answer(200, 'jane@example.org', 'Content-Type: image/jpeg')).of(
        'personal',
      ),
    ).toEqual([])
  })
})

describe('firmware', () => {
  it('fetched, without the query', () => {
    const context = observe(
      THING,
      WEB,
      lines('GET /firmware/cam.bin?serial=AB12CD34 HTTP/1.1', 'Host: fw.vendor.example'),
      answer(200, '\u0027\u0005\u0019V\u0000\u0000', 'Content-Type: application/octet-stream'),
    )
    expect(context.of('firmware')).toMatchObject([
      {
        what: 'image',
        url: 'http://fw.vendor.example/firmware/cam.bin',
        protection: 'clear',
        size: 6,
        why: 'the body starts as a U-Boot image',
      },
    ])
  })
  it('pushed', () => {
    expect(observe(PHONE, HUB, post('/upgrade', '\u0027\u0005\u0019V\u0000\u0000')).of('firmware', HUB)).toMatchObject([
      { what: 'image', why: 'pushed to it; the body starts as a U-Boot image' },
    ])
  })
})

describe('UPnP', () => {
  const IGD = 'urn:schemas-upnp-org:service:WANIPConnection:1'
  it('a description says what the thing is', () => {
    const xml =
      '<?xml version="1.0"?><root xmlns="urn:Belkin:device-1-0"><device><deviceType>urn:Belkin:device:insight:1</deviceType><friendlyName>Lamp</friendlyName><manufacturer>Belkin International Inc.</manufacturer><modelName>Insight</modelName><modelNumber>1.0</modelNumber><serialNumber>231442K1200ABC</serialNumber><UDN>uuid:Insight-1_0-231442K1200ABC</UDN></device></root>'
    const context = observe(
      PHONE,
      { ...HUB, port: 49153 },
      lines('GET /setup.xml HTTP/1.1'),
      answer(200, xml, 'Content-Type: text/xml'),
    )
    expect(context.of('upnp.device')).toEqual([
      {
        friendlyName: 'Lamp',
        manufacturer: 'Belkin International Inc.',
        modelName: 'Insight',
        modelNumber: '1.0',
        serial: '231442K1200ABC',
        deviceType: 'urn:Belkin:device:insight:1',
      },
    ])
    expect(context.of('name')).toEqual([{ via: 'upnp', name: 'Lamp' }])
    expect(context.signals.map(([who, kind, value]) => `${who} ${kind} ${value}`)).toEqual([
      'server upnp.friendly-name Lamp',
      'server upnp.manufacturer Belkin International Inc.',
      'server upnp.model Insight 1.0',
      'server upnp.device-type urn:Belkin:device:insight:1',
    ])
    expect(context.of('lan').map(({ protocol, role, protection }) => [protocol, role, protection])).toEqual([
      ['wemo', 'client', 'clear'],
      ['wemo', 'server', 'clear'],
    ])
    expect(context.of('firmware')).toEqual([])
  })
  it('a port mapping asked for, by each port once', () => {
    const map = (port: number): string =>
      post(
        '/ctl',
        `<s:Envelope><s:Body><u:AddPortMapping><NewExternalPort>${port}</NewExternalPort><NewProtocol>TCP</NewProtocol><NewInternalPort>80</NewInternalPort><NewInternalClient>192.168.1.9</NewInternalClient></u:AddPortMapping></s:Body></s:Envelope>`,
        `SOAPAction: "${IGD}#AddPortMapping"`,
      )
    const context = observe(THING, { host: 2, ip: '192.168.1.1', port: 5000, scope: 'local' }, map(8080) + map(8080) + map(99999))
    const asked = { service: IGD, action: 'AddPortMapping', internalPort: 80, mapProtocol: 'TCP', internalClient: '192.168.1.9' }
    expect(context.of('upnp.action', THING)).toMatchObject([
      { role: 'client', peer: { ip: '192.168.1.1', port: 5000 }, ...asked, externalPort: 8080 },
      { ...asked, externalPort: undefined },
    ])
    expect(context.of('upnp.action')).toHaveLength(4)
  })
  it("Belkin's switch answers anyone", () => {
    const body = '<s:Envelope><s:Body><u:SetBinaryState><BinaryState>1</BinaryState></u:SetBinaryState></s:Body></s:Envelope>'
    const context = observe(
      PHONE,
      { ...HUB, port: 49153 },
      post('/upnp/control/basicevent1', body, 'SOAPACTION: "urn:Belkin:service:basicevent:1#SetBinaryState"'),
      answer(200),
    )
    expect(context.of('lan')).toMatchObject([
      {
        protocol: 'wemo',
        role: 'client',
        protection: 'clear',
        detail: { service: 'basicevent', action: 'SetBinaryState', authentication: 'none' },
      },
      { protocol: 'wemo', role: 'server' },
    ])
  })
})

it('a WebSocket is noted', () => {
  const context = observe(
    THING,
    WEB,
    lines('GET /ws/1234567890abcdef HTTP/1.1', 'Upgrade: websocket'),
    lines('HTTP/1.1 101 x', 'Upgrade: websocket'),
  )
  expect(context.of('protocol')).toMatchObject([{ protocol: 'websocket', role: 'client', detail: { path: '/ws/*' } }])
})

it.each([
  ['/api/3f2504e04f8911d39a0c0305e82c3301/lights/12', '/api/*/lights/*'],
  ['/d/2f402f80-da50-11e1-9b23-001788102201/x', '/d/*/x'],
  ['/v1/00:17:88:24:76:ff', '/v1/*'],
  ['/v2/DCH-S150/check', '/v2/DCH-S150/check'],
  ['/a?b=secret&c=1', '/a?b&c'],
  ['/x?12345678=y', '/x?*'],
  ['http://h:80/p?q=1', '/p?q'],
  ['/a/b/c/d/e/f/g/h/i', '/a/b/c/d/e/f/…'],
  ['/api/aBcDeFgH1jKlMnOpQrStUvWxYz/config', '/api/*/config'],
  ['*', '*'],
  ['', ''],
])('path %s is one with %s', (target, shape) => {
  expect(pathShape(target)).toBe(shape)
})

// What the set-up of these things shows, each line read by hand in the packets. Every run of every thing: nothing else may be found.
const PERSONAL: Record<string, string[]> = {
  Aria: ['mac body', 'mac path', 'serial path', 'ssid path'],
  'D-LinkCam': ['email body', 'mac body'],
  'D-LinkHomeHub': ['email body', 'mac body', 'mac path'],
  'D-LinkSensor': ['mac path'],
  'D-LinkSiren': ['mac path'],
  'D-LinkSwitch': ['mac path'],
  'D-LinkWaterSensor': ['mac path'],
  HueBridge: ['mac body', 'mac header authorization', 'serial body'],
  HueSwitch: ['mac body', 'serial body'],
  Withings: ['mac body'],
}
const FIRMWARE = ['D-LinkHomeHub', 'D-LinkSensor', 'D-LinkSiren', 'D-LinkSwitch', 'D-LinkWaterSensor']

describe.skipIf(corpus('iot-sentinel') === undefined)('real set-ups (IoT Sentinel captures)', () => {
  it('personal data, firmware and credentials are what a reader finds', async () => {
    const personal: Record<string, string[]> = {}
    const firmware = new Map<string, Set<string>>()
    const credentials = new Set<string>()
    const root = corpus('iot-sentinel')!
    for (const thing of readdirSync(root).toSorted()) {
      const folder = join(root, thing)
      if (!readdirSync(root, { withFileTypes: true }).some((entry) => entry.name === thing && entry.isDirectory())) continue
      const mac = readFileSync(join(folder, '_iotdevice-mac.txt'), 'utf8').trim()
      const found = new Set<string>()
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.pcap'))) {
        for (const c of await conversations(join(folder, file), 16384)) {
          if (!http.recognise(c)) continue
          const party = (ip: string, port: number): Party =>
            /^(10|192\.168|169\.254)\./.test(ip)
              ? { host: port, ip, port, scope: 'local', mac }
              : { host: -1, ip, port, scope: 'internet' }
          const recorder = new Recorder(party(c.clientIp, c.clientPort), party(c.serverIp, c.serverPort))
          http.decode(c, (m) => observeHttp(m, recorder))
          for (const { what, where } of recorder.of('personal')) found.add(`${what} ${where}`)
          for (const { what } of recorder.of('firmware')) firmware.set(thing, (firmware.get(thing) ?? new Set()).add(what))
          for (const { scheme, known, accepted } of recorder.of('credential'))
            credentials.add(`${thing} ${scheme} ${known} ${accepted}`)
        }
      }
      if (found.size > 0) personal[thing] = [...found].toSorted()
    }
    expect(personal).toEqual(PERSONAL)
    expect([...firmware.keys()]).toEqual(FIRMWARE)
    for (const kinds of firmware.values()) expect([...kinds].toSorted()).toEqual(['check', 'image'])
    // the Hue app's key stands in the path of its requests ("GET /api/…/lights/new"), which the bridge obeys
    expect([...credentials]).toEqual([
      'EdimaxPlug1101W Basic Mirai source code yes',
      'HueBridge Hue API key undefined yes',
      'HueSwitch Hue API key undefined yes',
    ])
  }, 120_000)
})
