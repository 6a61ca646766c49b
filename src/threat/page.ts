import type { Detector } from './detector.ts'
import { detectors } from './index.ts'
import { CAMPAIGNS, STAGES, type Stage } from './stage.ts'
import { TECHNIQUES } from './techniques.ts'

/** docs/threats.md: what every detector looks for, by which figures, and where it is wrong. A test keeps the page as this says. */
export function threatsPage(of: readonly Detector[] = detectors): string {
  return [
    '# Threats',
    '',
    'How Assay tells that a thing is being recruited into a botnet, is used by it, or is attacked. Made from the definitions of the',
    'detectors (`src/threat`): change those, then run `npx vitest run src/threat/page.test.ts -u`. How it works inside:',
    '[architecture.md](architecture.md); how it is reported: [report.md](report.md).',
    '',
    ...MODEL,
    '',
    '| stage | in reports | what it is |',
    '|--|--|--|',
    ...Object.entries(STAGES).map(([stage, title]) => `| \`${stage}\` | ${title} | ${MEANS[stage as Stage]} |`),
    '',
    ...RULES,
    ...SOURCES,
    '',
    '## The detectors',
    '',
    ...of.flatMap(describe),
    '## ATT&CK techniques',
    '',
    'Those that a detector may name, by MITRE ATT&CK (version 18).',
    '',
    '| | name | matrix |',
    '|--|--|--|',
    ...Object.entries(TECHNIQUES).map(([id, { name, matrix }]) => `| ${id} | ${name} | ${matrix} |`),
    '',
  ].join('\n')
}

const MODEL = [
  '## The stages',
  '',
  'A thing is rarely lost at once. Mirai, whose source is public and whose life was measured from outside, goes a fixed road: a bot asks random',
  'addresses for Telnet, tries passwords from a list of 62, tells a report server of what let it in, a loader logs in there and fetches the program,',
  'the program calls its command server, looks for others in its turn, and attacks when it is told to [1, 2]. Later families changed the parts and',
  'kept the road: they come in by flaws of web pages instead of passwords [3, 4], take commands from each other instead of a server [4], and',
  'some survive a restart [5]. So what is seen of a device is told as stages of that road, and the furthest says how bad it is. What is beside the road',
  '(floods against the device, somebody between it and the router, data carried away, matches with rules and lists) is told by stages of its own.',
]

const MEANS: Record<Stage, string> = {
  probed: 'somebody asks which ports answer',
  guessed: 'somebody tries passwords, and is refused',
  entered: 'a log-in was let in that should not have been',
  loading: 'a flaw is used, or commands of a loader are given',
  fetched: 'a program is fetched',
  commanded: 'it asks somebody for orders, or gets them',
  scanning: 'it looks for others, or tries passwords on them',
  attacking: 'it floods somebody',
  exfiltrating: 'it sends data where it never did, in amounts that it never did',
  flooded: 'it is flooded',
  intercepting: 'somebody answers in the name of another: ARP, DHCP, DNS, router advertisements',
  matched: "a rule or a list of the user's matched",
}

const RULES = [
  'Signs of one device and one campaign are one threat, with a step for each sign: ' +
    `${Object.values(CAMPAIGNS)
      .map((title) => `"${title}"`)
      .join(', ')}.`,
  '',
  '| severity | when |',
  '|--|--|',
  '| critical | it attacks, or was taken and takes commands, for certain |',
  '| high | somebody must act now |',
  '| medium | an attempt that failed, or a weak sign of infection |',
  '| low, info | background, told so that it is known |',
  '',
  'Attempts from outside that failed are never graver than medium: every address on the Internet meets them daily. A step says how sure it is, when',
  'its first packet came, and when there was enough to be sure. **Silence is no pass**: that no sign was found says that none was seen, by these',
  'detectors, in this traffic.',
  '',
]

const SOURCES = [
  '1. M. Antonakakis et al., "Understanding the Mirai Botnet", 26th USENIX Security Symposium, 2017: the road (section 3), the scan whose sequence',
  '   number is the address it goes to, 600,000 infected at the peak, floods and their targets.',
  "2. Mirai's source, published by its author in 2016: list of passwords, loader, protocol of the command server (a greeting of four bytes, two",
  '   zero bytes every minute).',
  '3. A. Costin and J. Zaddach, "IoT Malware: Comprehensive Survey, Analysis Framework and Case Studies", Black Hat USA, 2018: families, flaws, ways in.',
  '4. S. Herwig et al., "Measurement and Analysis of Hajime, a Peer-to-peer IoT Botnet", NDSS, 2019: commands from peers, flaws as the way in, churn.',
  '5. Cisco Talos, "New VPNFilter malware targets at least 500K networking devices worldwide", 2018: a first stage that a restart does not remove.',
  '6. MITRE ATT&CK, for Enterprise and ICS: the techniques that steps name.',
]

function describe({ id, title, looksFor, mistakes, baseRate, tunables }: Detector): string[] {
  const figures = Object.entries(tunables)
  return [
    `### ${title}`,
    `\`${id}\``,
    '',
    `- **Looks for**: ${looksFor}`,
    `- **Mistakes, and what escapes it**: ${mistakes}`,
    `- **How often it is wrong**: ${baseRate}`,
    '',
    ...(figures.length === 0
      ? []
      : [
          '| figure | default | unit | why |',
          '|--|--|--|--|',
          ...figures.map(([name, { value, unit, why }]) => `| \`${name}\` | ${value} | ${unit} | ${cell(why)} |`),
          '',
        ]),
  ]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')
}
