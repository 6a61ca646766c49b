import type { Random } from '../../lab/random.ts'
import { blankDatagram } from '../../src/decode/stream.ts'
import type { InspectorContext } from '../../src/evidence/inspector.ts'
import { ListError, parseList } from '../../src/threat/indicators/list.ts'
import { Lookup } from '../../src/threat/indicators/lookup.ts'
import { RuleInspector } from '../../src/threat/rules/inspector.ts'
import { RuleReader, RulesError } from '../../src/threat/rules/read.ts'
import { isOfHeaders } from '../../src/threat/rules/rule.ts'
import { hold, presentable } from '../invariants.ts'
import { mutate } from '../mutate.ts'
import type { Target } from '../target.ts'

const SURICATA = String.raw`alert http $HOME_NET any -> [$EXTERNAL_NET,!192.0.2.0/24] ![22,1024:] (msg:"a\;b"; flow:established,to_server; http.uri; content:"/a|3b 20|b"; nocase; fast_pattern; content:!"c"; distance:1; within:9; pcre:"/x[a-f]{2,9}(?:y|z)*\b/Ri"; threshold:type both, track by_src, count 3, seconds 9; classtype:misc-attack; sid:1; rev:2;)
alert tcp any any <> any 23 (msg:"s"; flags:S,CE; sid:2;)
alert udp any any -> any any (msg:"d"; content:"|00 01|"; offset:2; depth:4; isdataat:!1,relative; dsize:5<>90; flowbits:set,x; flowbits:noalert; sid:3;)
`
const OWN = `format: assay-rules-1
rules:
  - { id: a, title: A, severity: low, stage: loading, peer: [internet, 10.0.0.0/8], ports: [1-9, 80], content: [x, { hex: 00ff, in: http.header, not: true }], regex: 'a+b' }
  - { id: b, title: B, severity: info, name: [example.com], threshold: { count: 2, seconds: 3, by: target } }
`
const LIST = '192.0.2.1\n198.51.100.0/24\n2001:db8::/32\nhxxp://a[.]example/x?y\nioc,label\n'
const STIX = `{"type":"bundle","objects":[{"type":"indicator","id":"indicator--1","pattern_type":"stix","pattern":"[ipv4-addr:value = '192.0.2.1' OR domain-name:value = 'a.example']"}]}`

const end = { host: -1, ip: '192.0.2.1', port: 80, scope: 'internet' } as const
const CONTEXT = {
  transport: 'udp',
  client: end,
  server: end,
  row: 0,
  flow: 1,
  time: 0,
  refuse() {},
} as unknown as InspectorContext

/** What a user was given: it is refused with a line and a reason, or can be made ready. */
export const rules: Target = {
  name: 'rules',
  batch: 16,
  async seeds() {
    return [SURICATA, OWN, LIST, STIX].map((text) => Buffer.from(text))
  },
  run(input) {
    const begun = performance.now()
    for (const path of ['x.rules', 'x.yaml'])
      try {
        const { rules: read, refused } = new RuleReader().parse(input, path)
        for (const { line, why } of refused) hold(line > 0 && why !== '', 'a rule is refused without a line or a reason')
        looked(new RuleInspector(read.filter((rule) => !isOfHeaders(rule))))
      } catch (error) {
        if (!(error instanceof RulesError)) throw error
      }
    try {
      const { listed } = parseList(input, 'list')
      presentable(listed)
      new Lookup(listed).domain('a.b.example')
    } catch (error) {
      if (!(error instanceof ListError)) throw error
    }
    hold(performance.now() - begun < 20_000, 'it took longer than any rules may')
  },
  mutate(input, other, chance) {
    return chance.below(2) === 0 ? mutate(input, other, chance) : pieces(input, other, chance)
  },
}

/** Nothing there: it still has to be gone through. */
function looked(inspector: RuleInspector): void {
  const datagram = { ...blankDatagram(Buffer.from('/a; b wget 00')), end: 13 }
  inspector.datagram(datagram, 'http', CONTEXT)
}

/** Options of rules, and words of lists, brought in from elsewhere. */
function pieces(input: Uint8Array, other: Uint8Array, chance: Random): Uint8Array {
  const now = Buffer.from(input)
    .toString('latin1')
    .split(/(?<=[;,\n])/)
  const foreign = Buffer.from(other)
    .toString('latin1')
    .split(/(?<=[;,\n])/)
  for (let n = 1 + chance.below(4); n > 0; n--) {
    const at = chance.below(now.length)
    const how = chance.below(3)
    if (how === 0) now.splice(at, 1 + chance.below(3))
    else if (how === 1) now.splice(at, 0, chance.pick(foreign))
    else now[at] = (now[at] ?? '').replace(/\w+/, () => (chance.pick(foreign).match(/\w+/) ?? ['0'])[0])
  }
  return Buffer.from(now.join('').slice(0, 20_000), 'latin1')
}
