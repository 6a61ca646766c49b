import { describe, expect, it } from 'vitest'
import { renderJson } from '../report/json.ts'
import { corpus } from '../testing/corpus.ts'
import { dialoguesCapture, type Dialogue } from '../testing/dialogue-capture.ts'
import type { Given } from '../threat/given.ts'
import { parseList } from '../threat/indicators/list.ts'
import { RuleReader } from '../threat/rules/read.ts'
import { audit } from './audit.ts'

const given = (rules: string, list = '', path = 'x.rules'): Given => ({
  rules: rules === '' ? [] : understood(rules, path),
  listed: list === '' ? [] : parseList(Buffer.from(list), 'list').listed,
})

function understood(text: string, path: string) {
  const { rules, refused } = new RuleReader().parse(Buffer.from(text), path)
  expect(refused).toEqual([])
  return rules
}

const thing = { mac: [2, 0, 0, 0, 0, 1], ip: [192, 168, 7, 2] }
const router = { mac: [2, 0, 0, 0, 0, 2], ip: [192, 168, 7, 1] }
/** Between the thing and a host of the Internet, behind the router. */
const outside = (server: readonly number[]): Pick<Dialogue, 'ends'> => ({
  ends: { client: thing.ip, server, macs: { client: thing.mac, server: router.mac } },
})
const inside = { client: thing.ip, server: router.ip, macs: { client: thing.mac, server: router.mac } }
const capture = (...dialogues: Dialogue[]) => dialoguesCapture(dialogues, inside)

async function steps(path: string, looked: Given, threads = 0) {
  const { threats = [] } = await audit([path], { threads, given: looked })
  return threats.flatMap(({ device, campaign, steps: all }) =>
    all
      .filter(({ detector }) => detector === 'rules' || detector === 'indicators')
      .map((s) => ({ device: device.slice(-2), campaign, ...s })),
  )
}

/** Rules that match, on the thing, and the frame that shows each. */
async function matched(path: string, text: string): Promise<string[]> {
  return (await steps(path, given(text)))
    .filter(({ device }) => device === '01')
    .sort((a, b) => a.what.localeCompare(b.what))
    .map(
      ({ detail, count, alertedBy }) =>
        `${String(detail['rule'])} ×${count} @${'frames' in alertedBy ? alertedBy.frames.join() : ''}`,
    )
}

const alert = (sid: number, said: string, head = 'alert tcp any any -> any any') => `${head} (msg:"r"; sid:${sid}; ${said})\n`
const request = (line: string, body = '') =>
  `${line} HTTP/1.1\r\nHost: Cam.Example:80\r\nUser-Agent: tiny/1\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const OK = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'

describe('rules on bytes', () => {
  const web = capture({
    turns: [
      ['client', request('GET /a%2fb/Shell?x=1')],
      ['server', OK],
      ['client', request('POST /set', 'cmd=wget http://x; busybox tftp')],
      ['server', OK],
    ],
    serverPort: 80,
  })

  it('are tried on parts of messages, all on one', async () => {
    const http = 'alert http any any -> any any'
    const uri = (sid: number, said: string) => alert(sid, said, http)
    expect(
      await matched(
        web,
        [
          uri(1, 'http.uri; content:"/a/b/"; startswith; content:"shell"; nocase; distance:0; within:5;'),
          uri(
            2,
            'http.method; content:"POST"; http.request_body; content:"wget"; content:"busybox"; distance:1; pcre:"/^ \\w+$/R";',
          ),
          uri(
            3,
            'http.host; content:"cam.example"; bsize:11; http.user_agent; content:"tiny"; http.header; content:"Content-Length|3a| 0";',
          ),
          uri(4, 'http.stat_code; content:"404"; flow:to_client;'),
          uri(5, 'content:"GET"; http_method; content:"%2fb"; http_raw_uri; urilen:>10;'),
          // none of these holds
          uri(6, 'http.method; content:"GET"; http.request_body; content:"wget";'),
          uri(7, 'http.uri; content:"/a/b/"; content:"Shell"; distance:1;'),
          uri(8, 'http.uri; content:"Shell"; content:!"x=1"; within:5;'),
          uri(9, 'http.uri; content:"shell";'),
          uri(10, 'http.uri; content:"/set"; flow:to_client;'),
          alert(11, 'content:"POST";', 'alert tls any any -> any any'),
          alert(12, 'content:"POST";', 'alert tcp any any -> any 81'),
        ].join(''),
      ),
    ).toEqual(['sid:1 ×1 @4', 'sid:2 ×1 @6', 'sid:3 ×1 @4', 'sid:4 ×1 @5', 'sid:5 ×1 @4'])
  })

  it('are tried on what no decoder knows, and show the frame that holds the match', async () => {
    const raw = capture(
      {
        turns: [
          ['client', 'XX\xde\xad1'],
          ['server', 'ok'],
          ['client', '2345END'],
        ],
        serverPort: 9999,
      },
      { turns: [['client', 'beacon\x01\x02']], serverPort: 4444, transport: 'udp', clientPort: 40_002 },
    )
    expect(
      await matched(
        raw,
        [
          alert(1, 'content:"|de ad|"; offset:2; depth:2; content:"END"; distance:5; within:3; isdataat:!1,relative;'),
          alert(2, 'content:"END"; endswith;'),
          alert(3, 'content:"beacon"; dsize:8;', 'alert udp $HOME_NET any -> any 4444'),
          alert(4, 'pcre:"/[2-5]{4}E/";'),
          alert(5, 'content:"ok"; flow:to_client;', 'alert tcp any 9999 -> any any'),
          alert(6, 'content:"|de ad|"; offset:3;'),
          alert(7, 'content:"beacon"; dsize:<8;', 'alert udp any any -> any any'),
          alert(8, 'content:"END"; depth:5;'),
          alert(9, 'content:"ok"; flow:to_server;'),
          alert(10, 'content:"XX";', 'alert tcp $EXTERNAL_NET any -> any any'),
          alert(11, 'content:"XX";', 'alert tcp 192.168.7.2 any -> ![192.168.7.1] any'),
        ].join(''),
      ),
    ).toEqual(['sid:1 ×1 @4', 'sid:2 ×1 @6', 'sid:3 ×1 @7', 'sid:4 ×1 @6', 'sid:5 ×1 @5'])
  })

  it('set bits on a flow that others wait for', async () => {
    const login = capture({
      turns: [
        ['client', 'LOGIN admin'],
        ['server', 'welcome'],
      ],
      serverPort: 9999,
    })
    expect(
      await matched(
        login,
        [
          alert(1, 'content:"welcome"; flow:to_client; flowbits:isset,in; flowbits:set,done;'),
          alert(2, 'content:"LOGIN"; flowbits:set,in; flowbits:noalert;'),
          alert(3, 'content:"welcome"; flowbits:isset,other;'),
          alert(4, 'content:"LOGIN"; flowbits:isnotset,other;'),
          alert(5, 'content:"LOGIN"; flowbits:isset,other|done;'),
        ].join(''),
      ),
    ).toEqual(['sid:1 ×1 @5', 'sid:4 ×1 @4', 'sid:5 ×1 @4'])
  })

  it('wait until there is enough within their time', async () => {
    const polls = capture(
      ...Array.from({ length: 5 }, (_, i): Dialogue => ({
        turns: [
          ['client', request('GET /poll')],
          ['server', OK],
        ],
        serverPort: 80,
        clientPort: 41_000 + i,
      })),
    )
    expect(
      await matched(
        polls,
        [
          alert(1, 'content:"/poll"; threshold:type both, track by_src, count 4, seconds 60;'),
          alert(2, 'content:"/poll"; threshold:type both, track by_src, count 6, seconds 60;'),
          alert(3, 'content:"/poll"; threshold:type limit, track by_src, count 1, seconds 60;'),
          // a conversation that comes word for word is counted on, and one from another port is none
          alert(4, 'content:"/poll";', 'alert tcp any 41004 -> any any'),
        ].join(''),
      ),
    ).toEqual(['sid:1 ×5 @19', 'sid:3 ×5 @4', 'sid:4 ×1 @24'])
  })

  it('say what a rule of our own says, under the stage it names', async () => {
    const path = capture({ turns: [['client', 'cmd attack']], serverPort: 9999, ...outside([203, 0, 113, 9]) })
    const own = given(
      `format: assay-rules-1
rules:
  - { id: a, title: Takes orders, severity: critical, stage: commanded, peer: internet, content: attack, says: It obeys., remedy: Unplug it., techniques: [T1046, T1999] }
  - { id: b, title: Nothing, severity: critical, peer: local, content: attack }
  - { id: c, title: Nothing, severity: critical, direction: to device, content: attack }
  - { id: d, title: Nothing, severity: critical, role: server, content: attack }
  - { id: e, title: Telnet, severity: low, transport: tcp, peer: internet, ports: 9000-9999, flags: S }
`,
      '',
      'own.yaml',
    )
    const found = await steps(path, own)
    expect(found.map(({ what, campaign, stage, severity }) => [what, campaign, stage, severity])).toEqual([
      ['a', 'recruitment', 'commanded', 'critical'],
      ['e', 'rule', 'matched', 'low'],
    ])
    expect(found[0]!.says).toBe(
      'It sent 203.0.113.9 what rule a looks for on port 9999, once: "Takes orders" (own.yaml, line 3). It obeys. Unplug it.',
    )
    expect(found[0]!.techniques.map((t) => t.id)).toEqual(['T1046'])
  })
})

describe('rules on headers', () => {
  it('are tried on packets by flags, and on flows once a direction', async () => {
    const calls = capture(
      {
        turns: [
          ['client', 'a'],
          ['client', 'b'],
        ],
        serverPort: 23,
      },
      { turns: [['client', 'a']], serverPort: 2323, clientPort: 40_001 },
    )
    expect(
      await matched(
        calls,
        [
          alert(1, 'flags:S;', 'alert tcp any any -> any 23'),
          alert(2, 'flags:SA;', 'alert tcp any 23 -> any any'),
          alert(3, 'flow:to_server,established;', 'alert tcp any any -> any [23,2323]'),
          alert(4, 'priority:1;', 'alert ip any any -> 192.168.7.1 any'),
          alert(5, 'dsize:1;'),
          alert(6, 'flags:F;'),
          alert(7, 'flow:to_client;', 'alert tcp any any -> any 23'),
          alert(8, 'flags:S; threshold:type both, track by_src, count 2, seconds 9;'),
        ].join(''),
      ),
    ).toEqual(['sid:1 ×1 @1', 'sid:2 ×1 @2', 'sid:3 ×2 @2', 'sid:4 ×2 @1', 'sid:5 ×3 @4', 'sid:8 ×2 @6'])
  })
})

describe('lists of indicators', () => {
  const query = Buffer.from('00010100000100000000000003777777046576696c076578616d706c650000010001', 'hex')
  const list = 'evil.example\n203.0.113.0/24\n198.51.100.7\ncam.example/mozi.m\n2001:db8::1\n'

  it('name what was asked for, called and fetched', async () => {
    const path = capture(
      { turns: [['client', query]], serverPort: 53, transport: 'udp' },
      {
        turns: [
          ['client', request('GET /mozi.m')],
          ['server', OK],
        ],
        serverPort: 80,
        ...outside([203, 0, 113, 9]),
      },
      { turns: [['client', 'x']], serverPort: 1234, transport: 'udp', ...outside([198, 51, 100, 7]) },
    )
    const found = (await steps(path, given('', `${list}http://cam.example/mozi.m`))).filter(({ device }) => device === '01')
    expect(found.map(({ severity, says }) => `${severity}: ${says}`)).toEqual([
      'medium: Asked for the address of www.evil.example, which is within evil.example, once. It is on the list list (line 1).',
      'high: Called 203.0.113.9, which is within 203.0.113.0/24, once, and was answered. It is on the list list (line 2).',
      'high: Asked cam.example (203.0.113.9) for http://cam.example/mozi.m, once. It is on the list list (line 6).',
      'medium: Called 198.51.100.7, once, without an answer. It is on the list list (line 3).',
    ])
    expect(found[0]!.indicators).toEqual([{ type: 'domain', value: 'evil.example', role: 'listed' }])
  })

  it('do not take who is called for who calls', async () => {
    const path = dialoguesCapture([{ turns: [['client', 'x']], serverPort: 23, transport: 'udp' }], {
      client: [198, 51, 100, 7],
      server: thing.ip,
      macs: { client: router.mac, server: thing.mac },
    })
    const talk = capture({
      turns: [
        ['client', 'y'],
        ['server', 'z'],
      ],
      serverPort: 9,
    })
    const { threats = [] } = await audit([path, talk], { threads: 0, given: given('', list) })
    expect(threats.flatMap((t) => t.steps).map(({ severity, says }) => `${severity}: ${says}`)).toEqual([
      'info: Was called by 198.51.100.7 on port 23, once, and did not answer. It is on the list list (line 3).',
    ])
  })
})

describe('an audit with rules', { timeout: 120_000 }, () => {
  const all = given(
    [
      alert(1, 'http.uri; content:"/"; ', 'alert http any any -> any any'),
      alert(2, 'content:"|00 00|"; threshold:type both, track by_src, count 3, seconds 5;', 'alert udp any any -> any any'),
      alert(3, 'tls.sni; content:".com";', 'alert tls $HOME_NET any -> $EXTERNAL_NET any'),
      alert(4, 'dns.query; content:"a"; flowbits:set,asked;', 'alert dns any any -> any any'),
      alert(5, 'flowbits:isset,asked;', 'alert dns any 53 -> any any'),
      alert(6, 'flags:S; threshold:type both, track by_dst, count 2, seconds 30;'),
      alert(7, 'content:"s"; nocase;', 'alert tcp any any -> any any'),
      alert(8, 'itype:8;', 'alert icmp any any -> any any'),
    ].join(''),
    'com\nnet\n8.0.0.0/8\n192.168.0.0/16\nlocal.example',
  )

  for (const path of [
    'samples/home.pcapng.gz',
    corpus('iot-sentinel/D-LinkCam/Setup-C-1-STA.pcap'),
    corpus('iot-sentinel/HueBridge/Setup-C-1-STA.pcap'),
    corpus('malware/id2t/mirai_botnet.pcap'),
  ]) {
    const name = path?.split('/').slice(-2).join('/') ?? 'the public captures are not here'
    it.skipIf(path === undefined)(`says the same however many threads it has, and whatever it remembers (${name})`, async () => {
      const alone = renderJson(await audit([path!], { threads: 0, given: all }))
      expect(alone).toContain('"detector": "rules"')
      for (const threads of [1, 2, 3]) expect(renderJson(await audit([path!], { threads, given: all })), `${threads}`).toBe(alone)
      expect(renderJson(await audit([path!], { onMessage: () => {}, given: all }))).toBe(alone)
    })

    it.skipIf(path === undefined)(`says of all else what it says without (${name})`, async () => {
      const { threats: _, detectors: before = [], ...without } = await audit([path!], { threads: 0 })
      const { threats, detectors, ...rest } = await audit([path!], { threads: 0, given: all })
      expect(threats).toBeDefined()
      expect(detectors).toEqual(expect.arrayContaining(before))
      expect(JSON.parse(JSON.stringify(rest))).toEqual(JSON.parse(JSON.stringify(without)))
    })
  }
})
