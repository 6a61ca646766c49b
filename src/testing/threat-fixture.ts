import type { Audit, AuditThreat, ThreatStep } from '../report/model.ts'
import { actionsFor, CAMPAIGNS, SEVERITIES, TECHNIQUES } from '../threat/index.ts'
import { type Campaign, type Stage, STAGE_ORDER } from '../threat/stage.ts'
import type { TechniqueId } from '../threat/techniques.ts'
import { hostile } from './audit-fixture.ts'

const DAY = '2026-11-01T'
const at = (clock: string): string => `${DAY}${clock}.000000Z`

interface Given {
  role?: ThreatStep['role']
  severity?: ThreatStep['severity']
  confidence?: number
  count?: number
  peer?: string
  port?: number
  detail?: ThreatStep['detail']
  techniques?: readonly TechniqueId[]
  indicators?: readonly (readonly [type: string, value: string, role: string])[]
  frames?: number[]
}

/** One sign: `[first, alerted, last]` as times of the day. */
function step(
  stage: Stage,
  detector: string,
  what: string,
  [first, alerted, last]: readonly [string, string, string],
  says: string,
  given: Given = {},
): ThreatStep {
  const { role = 'source', severity = 'high', confidence = 0.9, count = 1, frames = [12, 40, 41, 42] } = given
  return {
    stage,
    detector,
    what,
    role,
    severity,
    confidence,
    says,
    techniques: (given.techniques ?? []).map((id) => ({ id, ...TECHNIQUES[id] })),
    count,
    first: at(first),
    last: at(last),
    alerted: at(alerted),
    alertedBy: { capture: 0, frames: [frames.at(-1)!] },
    ...(given.peer === undefined ? {} : { peer: { ip: given.peer, port: given.port ?? 0, scope: scopeOf(given.peer) } }),
    ...(given.port === undefined ? {} : { port: given.port }),
    detail: given.detail ?? {},
    indicators: (given.indicators ?? []).map(([type, value, role]) => ({ type, value, role })),
    evidence: [{ capture: 0, frames }],
  }
}

function scopeOf(ip: string): 'internet' | 'local' {
  return ip.startsWith('192.168.') ? 'local' : 'internet'
}

/** A threat of these steps, as an audit puts it together. */
export function aThreat(
  device: string,
  campaign: Campaign,
  steps: ThreatStep[],
  more: Partial<AuditThreat> & { router?: boolean } = {},
): AuditThreat {
  const { router = false, ...rest } = more
  const worst = <T>(by: (s: ThreatStep) => number, of: (s: ThreatStep) => T): T =>
    of(steps.reduce((most, one) => (by(one) > by(most) ? one : most)))
  const severity = worst(
    (s) => SEVERITIES.indexOf(s.severity),
    (s) => s.severity,
  )
  return {
    id: `${device}/${campaign}`,
    device,
    campaign,
    title: CAMPAIGNS[campaign],
    stage: worst(
      (s) => STAGE_ORDER.indexOf(s.stage as Stage),
      (s) => s.stage,
    ),
    severity,
    confidence: Math.max(...steps.map((s) => s.confidence)),
    first: steps.map((s) => s.first).sort()[0]!,
    last: steps
      .map((s) => s.last)
      .sort()
      .at(-1)!,
    alerted: steps.map((s) => s.alerted).sort()[0]!,
    steps,
    actions: actionsFor({ campaign, severity, steps: steps.map((s) => ({ ...s, stage: s.stage as Stage })) }, router),
    ...rest,
  }
}

const LOADER = '203.0.113.44'
const COMMAND = '198.51.100.66'

const recruited = (device: string): AuditThreat =>
  aThreat(
    device,
    'recruitment',
    [
      step(
        'probed',
        'probing',
        'telnet',
        ['10:00:10', '10:00:12', '10:02:00'],
        '203.0.113.9 asked at 2 ports, Telnet among them.',
        {
          role: 'target',
          severity: 'low',
          confidence: 0.7,
          count: 6,
          peer: '203.0.113.9',
          port: 23,
          techniques: ['T1595.001'],
          indicators: [['ip', '203.0.113.9', 'scanner']],
        },
      ),
      step('guessed', 'guessing', 'telnet', ['10:00:12', '10:00:20', '10:00:40'], '203.0.113.9 tried 14 passwords by telnet.', {
        role: 'target',
        severity: 'medium',
        count: 14,
        peer: '203.0.113.9',
        port: 23,
        techniques: ['T1110.001'],
        indicators: [
          ['ip', '203.0.113.9', 'guesser'],
          ['credential', 'root / x…(7)', 'tried'],
          ['credential', 'admin / a…(5)', 'let in'],
        ],
        frames: [55, 56, 101, 102],
      }),
      step(
        'entered',
        'guessing',
        'telnet',
        ['10:00:40', '10:00:40', '10:00:40'],
        'After 14 refusals the log-in of admin was accepted.',
        {
          role: 'target',
          confidence: 0.98,
          peer: '203.0.113.9',
          port: 23,
          techniques: ['T1078.001'],
          frames: [103],
        },
      ),
      step(
        'loading',
        'loader',
        'busybox',
        ['10:00:41', '10:00:42', '10:00:44'],
        'Commands of a loader were given: it asked for busybox and wrote a program.',
        {
          role: 'target',
          confidence: 0.97,
          peer: '203.0.113.9',
          port: 23,
          count: 9,
          techniques: ['T1059.004', 'T1105'],
          indicators: [['url', `http://${LOADER}/bins/x.arm7`, 'loader']],
          frames: [104, 188],
        },
      ),
      step(
        'commanded',
        'command',
        'mirai',
        ['10:00:50', '10:01:50', '15:40:00'],
        `It keeps a connection to ${COMMAND} port 23 and sends 2 bytes every 60 s, as Mirai does.`,
        {
          severity: 'critical',
          confidence: 0.95,
          peer: COMMAND,
          port: 23,
          count: 340,
          techniques: ['T1095'],
          indicators: [
            ['ip', COMMAND, 'command server'],
            ['domain', 'cnc.example', 'command server'],
            ['sha256', 'ab'.repeat(32), 'program'],
          ],
          frames: [301, 333],
        },
      ),
      step(
        'scanning',
        'scan',
        'mirai',
        ['10:01:00', '10:01:02', '15:40:00'],
        'Sent 20,100 connection requests whose sequence number is the address they go to, as Mirai does.',
        {
          confidence: 0.99,
          count: 20_100,
          detail: { targets: 19_870, ports: '23, 2323' },
          port: 23,
          techniques: ['T1595.001'],
          frames: [400, 401, 402],
        },
      ),
      step(
        'attacking',
        'attack',
        'udp-flood',
        ['15:00:00', '15:00:01', '15:01:00'],
        'Sent 612,000 packets to 192.0.2.80 in 60 s, 10,200 a second at most.',
        {
          severity: 'critical',
          confidence: 0.97,
          count: 612_000,
          peer: '192.0.2.80',
          port: 80,
          detail: { packets: 612_000, 'peak a second': 10_200 },
          techniques: ['T1498.001'],
          indicators: [['ip', '192.0.2.80', 'attacked']],
          frames: [812, 813],
        },
      ),
    ],
    { ip: '192.168.1.20', name: 'Kitchen camera', related: ['mac-50c7bf00fca3/recruitment'] },
  )

/** The same audit with threats: of a camera that was recruited, a plug that was tried, a router, one who only was sent to, one who stands between. */
export function withThreats(audit: Audit): Audit {
  const [camera = '', plug = '', evil = ''] = audit.devices.map(({ id }) => id)
  const threats: AuditThreat[] = [
    recruited(camera),
    aThreat(
      evil,
      'interception',
      [
        step(
          'intercepting',
          'arp',
          'gateway',
          ['12:00:00', '12:00:02', '12:30:00'],
          `Said 900 times that it is 192.168.1.1, which is another. ${hostile.script} ${hostile.ansi}`,
          {
            count: 900,
            peer: '192.168.1.1',
            techniques: ['T1557.002'],
            indicators: [['domain', hostile.attribute, hostile.bidi]],
          },
        ),
      ],
      { ip: '192.168.1.66', name: hostile.ansi },
    ),
    aThreat(
      'mac-020000000001',
      'under-attack',
      [
        step(
          'flooded',
          'attack',
          'syn-flood',
          ['14:00:00', '14:00:01', '14:10:00'],
          'Was sent 90,000 connection requests from 61,200 addresses in 10 min.',
          {
            role: 'target',
            severity: 'high',
            confidence: 0.85,
            count: 90_000,
            port: 443,
            detail: { packets: 90_000, sources: 61_200, 'peak a second': 1500 },
            techniques: ['T1499.002'],
          },
        ),
      ],
      { ip: '192.168.1.1', router: true },
    ),
    aThreat(
      plug,
      'recruitment',
      [
        step('guessed', 'guessing', 'http', ['11:00:00', '11:00:30', '11:02:00'], '192.168.1.20 tried 9 passwords by http.', {
          role: 'target',
          severity: 'medium',
          count: 9,
          peer: '192.168.1.20',
          port: 80,
          techniques: ['T1110.001'],
          indicators: [['credential', 'root / x…(7)', 'tried']],
        }),
      ],
      { name: 'A plug', related: [`${camera}/recruitment`] },
    ),
    aThreat(
      'ip-192.168.1.200',
      'recruitment',
      [
        step(
          'probed',
          'probing',
          'telnet',
          ['10:02:00', '10:02:00', '10:02:00'],
          '192.168.1.20 asked at port 23; nobody answered.',
          {
            role: 'target',
            severity: 'low',
            confidence: 0.5,
            peer: '192.168.1.20',
            port: 23,
            techniques: ['T1046'],
          },
        ),
      ],
      { ip: '192.168.1.200' },
    ),
  ]
  return {
    ...audit,
    threats,
    detectors: [
      { id: 'guessing', title: 'Password guessing' },
      { id: 'scan', title: 'Scanning' },
      { id: 'attack', title: 'Floods' },
    ],
  }
}
