import type { Audit, AuditDevice, AuditEndpoint, AuditFinding, AuditVerdict, Grade } from '../report/model.ts'
import type { FrameEvidence } from '../report/pointers.ts'

type Outcome = AuditFinding['outcome']
type Severity = AuditFinding['severity']

/** Strings that a device may announce to break the reader's terminal or page; decoders replace them, reports must not rely on it. */
export const hostile = {
  script: '<script>alert(1)</script>',
  attribute: '" onmouseover="alert(1)" x="',
  ansi: '\u001b[31mred\u001b[0m\u001b]0;title\u0007',
  bidi: 'cam\u202egpj.exe',
  c1: 'a\u009b2Jb',
  lines: 'one\r\ntwo\u2028three',
  template: '${process.exit()} {{x}} </style></script><!--',
}

const BLOCKS: [string, number, number][] = [
  ['Security', 1, 12],
  ['User access and credentials', 13, 17],
  ['Privacy, disclosures and transparency', 18, 33],
  ['Notifications and related practices', 34, 40],
]

const seen = (capture: number, ...frames: number[]): FrameEvidence[] => [{ capture, frames }]

function finding(
  device: string,
  check: string,
  title: string,
  outcome: Outcome,
  severity: Severity,
  more: Partial<AuditFinding> = {},
): AuditFinding {
  const about = more.about ?? ''
  return {
    id: `${device}/${check}${about && `/${about}`}`,
    check,
    title,
    about,
    outcome,
    severity,
    facet: 'security',
    assurance: outcome === 'inconclusive' || outcome === 'not-applicable' ? 'none' : 'observed',
    reason: 'The device did what its maker says it does.',
    remedy: 'Nothing to do.',
    evidence: outcome === 'inconclusive' || outcome === 'not-applicable' ? [] : seen(0, 12, 40),
    ...more,
  }
}

const credential = (d: string): AuditFinding =>
  finding(d, 'default-credentials', 'Published default password accepted', 'fail', 'critical', {
    about: 'tcp/23',
    reason:
      'Anyone on the network can log in over Telnet with a pair from published lists: user a…(5), secret a…(5). 203.0.113.9 did, 3 times.',
    remedy: 'Change the password; close Telnet; if neither is possible, take the device off the network.',
    evidence: [
      { capture: 0, frames: [12, 40, 41, 42, 43, 90] },
      { capture: 1, frames: [7] },
    ],
  })
const clear = (d: string, severity: Severity = 'high'): AuditFinding =>
  finding(d, 'clear-text-internet', 'Clear text to the Internet', 'fail', severity, {
    about: 'tcp/80 api.camera.example',
    facet: 'privacy',
    reason:
      'It sent 212 HTTP requests in clear to api.camera.example (198.51.100.7, US), in which everyone on the path reads its serial number.',
    remedy:
      'The maker must move this service to TLS 1.2 or later. Until then, block TCP port 80 from this device at the gateway.',
    evidence: seen(0, 101, 102, 103, 104, 188),
  })
const tracker = (d: string): AuditFinding =>
  finding(d, 'trackers', 'Contacts trackers', 'warn', 'medium', {
    facet: 'privacy',
    about: 'metrics.tracker.example',
    reason: 'It contacted metrics.tracker.example (Example Analytics, analytics) 41 times without anyone using it.',
    remedy: 'Ask the maker what is sent and why; block the name at your resolver.',
    evidence: seen(0, 301, 333),
  })
const oldTls = (d: string): AuditFinding =>
  finding(d, 'weak-tls', 'Old or weak TLS', 'warn', 'medium', {
    about: 'hub.vendor.example:443',
    reason: 'It still negotiates TLS 1.0 with hub.vendor.example; RFC 8996 retired that version in 2021.',
    remedy: 'The maker must update the TLS library.',
    evidence: seen(0, 55, 56),
  })
const goodTls = (d: string): AuditFinding =>
  finding(d, 'clear-text-internet', 'Clear text to the Internet', 'pass', 'info', {
    facet: 'privacy',
    reason: 'All 38 conversations with the Internet were encrypted (TLS 1.3).',
    remedy: 'Nothing to do.',
    evidence: seen(0, 400, 401),
  })
const open = (d: string): AuditFinding =>
  finding(d, 'brute-force', 'Tolerates password guessing', 'inconclusive', 'info', {
    reason: 'Nobody tried a wrong password while the capture ran.',
    next: 'Try ten wrong passwords against its log-in page while capturing.',
    remedy: 'Slow down or lock after a few wrong passwords.',
  })
const proprietary = (d: string): AuditFinding =>
  finding(d, 'proprietary-lan', 'Broken protocol on the local network', 'warn', 'low', {
    facet: 'interoperability',
    about: 'tcp/9999',
    reason: 'It is controlled by the Kasa protocol, whose XOR obfuscation protects nothing: anyone near can switch it.',
    remedy: 'Put it in a network of its own; ask the maker for KLAP firmware.',
    evidence: seen(1, 3, 4),
  })

function verdicts(findings: AuditFinding[], decide: (n: number) => Outcome): AuditVerdict[] {
  return Array.from({ length: 40 }, (_, i): AuditVerdict => {
    const n = i + 1
    const outcome = decide(n)
    const rests =
      outcome === 'pass' || outcome === 'fail' || outcome === 'warn'
        ? findings.filter((f) => f.outcome === outcome).map((f) => f.id)
        : []
    const verdict: AuditVerdict = {
      framework: 'ota-2.5',
      control: String(n),
      title: TOPICS[i]!,
      outcome,
      assurance: rests.length > 0 ? 'observed' : 'none',
      responsible: n % 5 === 0 ? 'service operator' : n === 12 || n === 13 ? 'network owner' : 'maker',
      reason:
        rests.length > 0
          ? (findings.find((f) => f.id === rests[0])?.reason ?? '')
          : 'Traffic cannot show this; the maker has published nothing that was checked.',
      findings: rests,
    }
    if (outcome === 'inconclusive') verdict.next = 'Give the maker’s published policy to the audit as a dossier.'
    return verdict
  })
}

function endpoint(more: Partial<AuditEndpoint>): AuditEndpoint {
  return {
    ips: more.ip === undefined ? [] : [more.ip],
    port: 443,
    transport: 'tcp',
    protocol: 'tls',
    protection: 'encrypted',
    scope: 'internet',
    initiator: 'device',
    bytesOut: 12_000,
    bytesIn: 54_000,
    packets: 120,
    flows: 4,
    answered: 4,
    first: '2026-11-01T10:00:03.000000Z',
    last: '2026-11-01T15:40:05.250000Z',
    evidence: seen(0, 55),
    ...more,
  }
}

function device(
  id: string,
  identity: Partial<AuditDevice['identity']>,
  grade: Grade,
  findings: AuditFinding[],
  decide: (n: number) => Outcome,
  more: Partial<AuditDevice> = {},
): AuditDevice {
  const hours = ['2026-11-01T10', '2026-11-01T11', '2026-11-01T13', '2026-11-01T15']
  return {
    id,
    macs: id.startsWith('mac-') ? [id.slice(4).replace(/(..)(?=.)/g, '$1:')] : [],
    ips: ['192.168.1.20'],
    identity: { confidence: 0, signals: [], ...identity },
    first: '2026-11-01T10:00:03.000000Z',
    last: '2026-11-01T15:40:05.250000Z',
    packets: 4021,
    bytesOut: 402_113,
    bytesIn: 1_200_332,
    endpoints: [
      endpoint({
        name: 'api.camera.example',
        ip: '198.51.100.7',
        port: 80,
        protocol: 'http',
        protection: 'clear',
        country: 'US',
      }),
      endpoint({ name: 'hub.vendor.example', ip: '203.0.113.80', country: 'DE' }),
      endpoint({
        name: 'metrics.tracker.example',
        ip: '203.0.113.81',
        country: 'US',
        thirdParty: { company: 'Example Analytics', category: 'analytics', tracker: true },
      }),
      endpoint({
        ip: '192.168.1.1',
        port: 53,
        transport: 'udp',
        protocol: 'dns',
        protection: 'clear',
        scope: 'local',
        bytesOut: 800,
        bytesIn: 2200,
      }),
      endpoint({
        ip: '224.0.0.251',
        port: 5353,
        transport: 'udp',
        protocol: 'mdns',
        protection: 'clear',
        scope: 'multicast',
        bytesIn: 0,
      }),
    ],
    services: [],
    observations: hours.map((hour, i) => ({
      kind: 'traffic.hour',
      key: hour,
      data: { hour, bytesOut: 90_000 * (i + 1), bytesIn: 300_000 / (i + 1), packets: 900, internetBytes: 200_000 },
      count: 900,
      first: `${hour}:00:03.000000Z`,
      last: `${hour}:40:03.000000Z`,
      evidence: seen(0, 12 + i),
    })),
    findings,
    verdicts: verdicts(findings, decide),
    grade,
    ...more,
  }
}

const graded = (letter: Grade['letter'], score: number | null, settled: number, applicable: number, because: string): Grade => ({
  letter,
  score,
  coverage: applicable === 0 ? 0 : settled / applicable,
  settled,
  applicable,
  because,
})

/** The same with a dossier for its first device, of which some was seen to be otherwise; `more` so often. */
export function contradicted(audit: Audit, more = 0): Audit {
  const [first, ...rest] = audit.devices
  const said = (check: string, severity: Severity, reason: string, at: string) =>
    finding(first!.id, check, 'Third parties declared', 'fail', severity, {
      about: at,
      reason,
      contradiction: true,
      evidence: [...seen(0, 812, 813), { document: 0, places: [at] }],
    })
  const findings = [
    said(
      'undeclared-country',
      'medium',
      `The maker says that it talks to ${hostile.script}; frame 812 shows ${hostile.ansi}.`,
      '/regions',
    ),
    said(
      'states-unique-passwords',
      'critical',
      'The maker says that each device has a first password of its own; frame 12 shows that Telnet let a…(5) in.',
      '/credentials/first',
    ),
    ...Array.from({ length: more }, (_, i) =>
      said(
        'undeclared-third-party',
        'low',
        `The maker says nobody; frame 812 shows t${i}.example.`,
        `/thirdParties/parties/${i}`,
      ),
    ),
  ]
  return {
    ...audit,
    documents: [
      {
        path: `/home/me/${hostile.lines}/maker.yaml`,
        sha256: 'c'.repeat(64),
        kind: 'dossier',
        title: `Edimax ${hostile.attribute}`,
        signedBy: `Example Ltd ${hostile.bidi}`,
      },
    ],
    devices: [{ ...first!, documents: [0], findings: [...first!.findings, ...findings] }, ...rest],
  }
}

/** A typed audit with everything that a report must cope with. `extra`: so many more devices, for size. */
export function auditFixture(extra = 0): Audit {
  const bad = 'mac-74da38807a08'
  const many = 'mac-50c7bf00fca3'
  const evil = 'mac-001788247600'
  const mostly =
    (fails: number[], warns: number[], passes: number[]) =>
    (n: number): Outcome =>
      fails.includes(n)
        ? 'fail'
        : warns.includes(n)
          ? 'warn'
          : passes.includes(n)
            ? 'pass'
            : n === 28 || n > 36
              ? 'not-applicable'
              : 'inconclusive'
  const devices: AuditDevice[] = [
    device(
      bad,
      {
        vendor: 'Edimax',
        model: 'IC-3115W',
        category: 'camera',
        name: 'Kitchen camera',
        confidence: 0.92,
        signals: [
          { kind: 'oui', value: '74:da:38', weight: 0.5, says: 'vendor: Edimax', evidence: seen(0, 1) },
          { kind: 'dhcp-hostname', value: 'EdiCam', weight: 0.3, says: 'category: camera', evidence: seen(0, 2, 3) },
          { kind: 'http-agent', value: 'IC-3115W/1.04', weight: 0.2, says: 'model: IC-3115W', evidence: seen(0, 101) },
        ],
      },
      graded(
        'F',
        18,
        7,
        35,
        'A critical failure (published default password accepted) sets the grade to F, whatever else holds.',
      ),
      [credential(bad), clear(bad), oldTls(bad), tracker(bad), goodTls(bad), open(bad)],
      mostly([2, 3, 13], [12, 25], [1, 30]),
      {
        services: [
          {
            port: 23,
            transport: 'tcp',
            protocol: 'telnet',
            protection: 'clear',
            reachedFrom: ['internet', 'local'],
            answered: 3,
            evidence: seen(0, 12, 40),
          },
          {
            port: 554,
            transport: 'tcp',
            protocol: 'rtsp',
            protection: 'clear',
            reachedFrom: ['local'],
            answered: 9,
            evidence: seen(0, 91),
          },
        ],
      },
    ),
    device(
      many,
      {
        vendor: 'TP-Link',
        model: 'HS100',
        category: 'plug',
        name: 'A plug with a name so long that no terminal line of eighty columns could ever hold all of it in one piece',
        confidence: 0.8,
        signals: [{ kind: 'oui', value: '50:c7:bf', weight: 0.8, says: 'vendor: TP-Link', evidence: seen(0, 8) }],
      },
      graded('E', 40, 5, 35, 'High-severity failures on 1 of 5 settled principles.'),
      [
        clear(many),
        proprietary(many),
        ...Array.from({ length: 14 }, (_, i) => ({
          ...tracker(many),
          id: `${many}/trackers/${i}`,
          about: `t${i}.tracker.example`,
        })),
      ],
      mostly([2], [25, 12], [3, 6]),
      {
        endpoints: Array.from({ length: 200 }, (_, i) =>
          endpoint({
            name: `host-${i}.cloud-${i % 23}.example`,
            ip: `198.51.100.${i + 1}`,
            bytesOut: 200_000 - i * 900,
            ...(i === 199 && { overflow: true }),
          }),
        ),
      },
    ),
    device(
      evil,
      {
        vendor: hostile.script,
        model: hostile.attribute,
        category: hostile.lines,
        name: hostile.ansi,
        confidence: 0.3,
        signals: [{ kind: 'mdns', value: hostile.bidi, weight: 0.3, says: `vendor: ${hostile.script}`, evidence: seen(0, 77) }],
      },
      graded('D', 52, 6, 35, `Medium failures. ${hostile.c1}`),
      [
        {
          ...oldTls(evil),
          title: hostile.script,
          reason: `${hostile.ansi} ${hostile.bidi} ${hostile.template}`,
          remedy: hostile.attribute,
          about: hostile.c1,
          id: `${evil}/weak-tls/${hostile.attribute}`,
        },
        open(evil),
      ],
      mostly([], [3], [1, 2]),
      {
        ips: ['192.168.1.66', 'fe80::217:88ff:fe24:7600', '2001:db8::217:88ff:fe24:7600'],
        observations: [
          {
            kind: 'name',
            key: hostile.script,
            data: { via: 'mdns', name: hostile.template },
            count: 2,
            first: '2026-11-01T10:00:03.000000Z',
            last: '2026-11-01T10:00:04.000000Z',
            evidence: seen(0, 77),
          },
          {
            kind: hostile.script,
            key: hostile.attribute,
            data: { [hostile.script]: hostile.ansi },
            count: 1,
            first: '2026-11-01T10:00:03.000000Z',
            last: '2026-11-01T10:00:04.000000Z',
            evidence: seen(0, 78),
          },
        ],
        endpoints: [
          endpoint({
            name: hostile.script,
            protocol: hostile.attribute,
            country: '<b',
            thirdParty: { company: hostile.script, category: hostile.bidi, tracker: true },
          }),
        ],
      },
    ),
    device(
      'mac-aabbccddeeff',
      { confidence: 0 },
      graded('D', 55, 4, 35, 'Medium failures on 1 of 4 settled principles.'),
      [tracker('mac-aabbccddeeff')],
      mostly([], [25], [2]),
      { ips: [] },
    ),
    device(
      'mac-b827eb000001',
      {
        vendor: '小米',
        model: '米家智能摄像机云台版 2K 专业版本超长型号名称测试用例',
        category: 'camera',
        name: '客厅摄像机 📷',
        confidence: 0.7,
      },
      graded('C', 68, 8, 35, 'No failure; warnings on 2 of 8 settled principles.'),
      [oldTls('mac-b827eb000001'), tracker('mac-b827eb000001'), goodTls('mac-b827eb000001')],
      mostly([], [3, 25], [2, 6, 8, 30]),
    ),
    device(
      'mac-001a2203cbbe',
      { vendor: 'eQ-3', model: 'MAX! Cube', category: 'hub', name: 'MAX cube', confidence: 0.85 },
      graded('B', 84, 10, 35, 'No failure; coverage of 29 % caps the grade at B.'),
      [goodTls('mac-001a2203cbbe'), open('mac-001a2203cbbe')],
      mostly([], [], [1, 2, 3, 6, 12]),
    ),
    device(
      'mac-0024e4112233',
      { vendor: 'Withings', category: 'scale', name: 'Bathroom scale', confidence: 0.95 },
      graded('A', 97, 20, 34, 'No failure or warning on 20 settled principles.'),
      [goodTls('mac-0024e4112233')],
      (n) => (n <= 20 ? 'pass' : 'inconclusive'),
    ),
    device(
      'ip-192.168.1.77',
      { confidence: 0 },
      graded(null, null, 0, 40, 'Nothing was settled: it said too little.'),
      [open('ip-192.168.1.77')],
      () => 'inconclusive',
      { ips: ['192.168.1.77'], endpoints: [], observations: [], packets: 2, bytesOut: 120, bytesIn: 0 },
    ),
  ]
  for (let i = 0; i < extra; i++) {
    const id = `mac-0200${i.toString(16).padStart(8, '0')}`
    devices.push(
      device(
        id,
        { vendor: 'Example', category: 'sensor', name: `Sensor ${i}`, confidence: 0.6 },
        graded('B', 80, 6, 35, 'No failure; coverage caps the grade at B.'),
        [goodTls(id), open(id)],
        mostly([], [], [1, 2]),
      ),
    )
  }
  return {
    schema: 'assay-audit-2',
    tool: { name: 'assay', version: '0.1.0' },
    captures: [
      {
        path: 'captures/home network.pcapng',
        sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        format: 'pcapng',
        packets: 28_310,
        bytes: 12_004_221,
        first: '2026-11-01T10:00:03.000000Z',
        last: '2026-11-01T15:40:05.250000Z',
        linkTypes: ['Ethernet'],
      },
      {
        path: `captures/${hostile.ansi}.pcap.gz`,
        sha256: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
        format: 'pcap+gzip',
        packets: 812,
        bytes: 99_120,
        first: '2026-11-01T16:00:00.000000Z',
        last: '2026-11-01T16:02:11.500000Z',
        linkTypes: ['Ethernet'],
        damaged: { offset: 99_821, reason: 'the file ends inside a packet' },
      },
    ],
    network: {
      gateways: [{ macs: ['02:00:00:00:00:01'], ips: ['192.168.1.1', 'fe80::1'] }],
      resolvers: ['192.168.1.1'],
      first: '2026-11-01T10:00:03.000000Z',
      last: '2026-11-01T16:02:11.500000Z',
      packets: 29_122,
      bytes: 12_103_341,
      flows: 1_204,
      fragments: 0,
    },
    frameworks: [
      {
        id: 'ota-2.5',
        title: 'IoT Trust Framework',
        word: 'principle',
        version: '2.5',
        controls: 40,
        blocks: BLOCKS.map(([title, from, to]) => ({
          title,
          controls: Array.from({ length: to - from + 1 }, (_, i) => String(from + i)),
        })),
      },
    ],
    devices,
    threats: [],
    detectors: [
      { id: 'guessing', title: 'Password guessing' },
      { id: 'scan', title: 'Scanning' },
    ],
    anomalies: [{ kind: 'ipv4-header-too-short', count: 3, evidence: seen(0, 900, 901, 902) }],
  }
}

const TOPICS = [
  'Say whether and how the device takes security updates',
  'Current cryptography on every link',
  'Support sites and services encrypt the whole session',
  'Monitor and test sites and servers',
  'Coordinated vulnerability disclosure',
  'A safe, automated way to deliver updates',
  'Updates leave the user’s settings alone',
  'Say whether updating is automated or automatic',
  'Rigorous testing through the lifecycle',
  'Risk assessment of service and cloud providers',
  'Keep a bill of materials',
  'The minimum that operation needs',
  'Strong authentication by default',
  'Accepted recovery of credentials',
  'Resist brute force',
  'Tell the user of a password change',
  'Stored credentials are protected',
  'Policies are easy to find before purchase',
  'State how long support lasts',
  'State which personal data is collected and why',
  'State what stops working without connectivity',
  'State data retention',
  'Notice when pairing',
  'State whether ownership can be transferred',
  'Share data with third parties only with consent',
  'Controls to review privacy preferences',
  'No sale of identifiable data',
  'Free return if the privacy terms are unacceptable',
  'Explain the consequence of declining',
  'Comply with applicable law',
  'Publish the history of privacy-notice changes',
  'Personal data on servers can be deleted',
  'Factory reset erases user data',
  'Authenticated mail',
  'DMARC at quarantine or reject',
  'Transport confidentiality for mail',
  'Prevent or reveal physical tampering',
  'Consider accessibility',
  'Clear communication with users',
  'Breach notification plan',
]
