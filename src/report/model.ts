import { Type, type Static } from 'typebox'
import { ProbeSchema } from '../probe/probed-file.ts'

/**
 * The audit as other tools read it: one source for the type and for the JSON Schema. Times are RFC 3339 in UTC with microseconds,
 * sizes are bytes. Within a version fields may be added; to remove or change one raises the version.
 */
const Time = Type.String({ description: 'RFC 3339, UTC, microseconds' })
const Count = Type.Integer({ minimum: 0 })

const OutcomeSchema = Type.Union([
  Type.Literal('pass'),
  Type.Literal('fail'),
  Type.Literal('warn'),
  Type.Literal('inconclusive'),
  Type.Literal('not-applicable'),
  Type.Literal('error'),
])
const SeveritySchema = Type.Union([
  Type.Literal('info'),
  Type.Literal('low'),
  Type.Literal('medium'),
  Type.Literal('high'),
  Type.Literal('critical'),
])
const FacetSchema = Type.Union([
  Type.Literal('security'),
  Type.Literal('privacy'),
  Type.Literal('interoperability'),
  Type.Literal('legal'),
  Type.Literal('development'),
])
const AssuranceSchema = Type.Union([
  Type.Literal('observed'),
  Type.Literal('probed'),
  Type.Literal('documented'),
  Type.Literal('declared'),
  Type.Literal('none'),
])
const ResponsibleSchema = Type.Union([Type.Literal('maker'), Type.Literal('service operator'), Type.Literal('network owner')])
const ScopeSchema = Type.Union([Type.Literal('internet'), Type.Literal('local'), Type.Literal('multicast')])
const ProtectionSchema = Type.Union([
  Type.Literal('encrypted'),
  Type.Literal('broken'),
  Type.Literal('clear'),
  Type.Literal('unknown'),
])

const FramesSchema = Type.Object({
  capture: Type.Integer({ minimum: 0, description: 'index into captures' }),
  frames: Type.Array(Type.Integer({ minimum: 1 }), { description: 'frame numbers as Wireshark counts them, ascending' }),
})
const EntriesSchema = Type.Object({
  probe: Type.Integer({ minimum: 0, description: 'index into probes' }),
  entries: Type.Array(Type.Integer({ minimum: 1 }), { description: 'numbers (n) in its transcript, ascending' }),
})
const PlacesSchema = Type.Object({
  document: Type.Integer({ minimum: 0, description: 'index into documents' }),
  places: Type.Array(Type.String(), { description: "JSON pointers (RFC 6901), or 'line N' of a text" }),
  signed: Type.Optional(Type.Boolean({ description: 'its signature was verified' })),
})
/** What it rests on: packets, questions that were asked, places in documents. */
const EvidenceSchema = Type.Union([FramesSchema, EntriesSchema, PlacesSchema])

const CaptureSchema = Type.Object({
  path: Type.String({ description: "'-' for standard input; of a live capture that no file keeps, its interface" }),
  sha256: Type.String({
    description: 'of the file as given (compressed as it was); for standard input and live captures of the bytes read',
  }),
  format: Type.String({ description: 'pcap, pcapng; with +gzip or +zstd' }),
  packets: Count,
  bytes: Type.Integer({ minimum: 0, description: 'captured packet bytes' }),
  first: Type.Optional(Time),
  last: Type.Optional(Time),
  linkTypes: Type.Array(Type.String()),
  damaged: Type.Optional(
    Type.Object(
      { offset: Count, reason: Type.String() },
      { description: 'audited up to this byte of the (uncompressed) capture' },
    ),
  ),
  dropped: Type.Optional(
    Type.Object(
      {
        total: Count,
        interface: Type.Optional(
          Type.Integer({
            minimum: 0,
            description: 'by the interface; what dumpcap wrote into a file counts those of the system here',
          }),
        ),
        system: Type.Optional(Type.Integer({ minimum: 0, description: "in the operating system's buffer" })),
        program: Type.Optional(Type.Integer({ minimum: 0, description: 'by the program that captured' })),
      },
      { description: 'packets that were seen and lost while capturing; without it, nobody knows whether there were any' },
    ),
  ),
  live: Type.Optional(
    Type.Object(
      {
        interface: Type.String(),
        program: Type.String({ description: 'which captured' }),
        filter: Type.Optional(Type.String({ description: 'the packets that were captured (pcap-filter)' })),
        kept: Type.Boolean({ description: 'path is a file that holds these packets' }),
        notKept: Type.Optional(Type.String({ description: 'why the file that was wanted does not' })),
      },
      { description: 'captured by Assay on an interface' },
    ),
  ),
})

const FindingSchema = Type.Object({
  id: Type.String({ description: 'stable for the same device, check and subject' }),
  check: Type.String(),
  title: Type.String(),
  about: Type.String({ description: 'what sets it apart from others of the same check: a port, a name; may be empty' }),
  outcome: OutcomeSchema,
  severity: SeveritySchema,
  facet: FacetSchema,
  assurance: AssuranceSchema,
  reason: Type.String(),
  remedy: Type.String(),
  contradiction: Type.Optional(Type.Literal(true, { description: 'the maker says one thing, the evidence another' })),
  evidence: Type.Array(EvidenceSchema),
  next: Type.Optional(Type.String({ description: 'for inconclusive: the one step that would settle it' })),
})

const VerdictSchema = Type.Object({
  framework: Type.String(),
  control: Type.String(),
  title: Type.String(),
  outcome: OutcomeSchema,
  assurance: AssuranceSchema,
  responsible: ResponsibleSchema,
  reason: Type.String(),
  findings: Type.Array(Type.String(), { description: 'ids of the findings it rests on' }),
  next: Type.Optional(Type.String()),
})

const GradeSchema = Type.Object({
  letter: Type.Union(
    [
      Type.Literal('A'),
      Type.Literal('B'),
      Type.Literal('C'),
      Type.Literal('D'),
      Type.Literal('E'),
      Type.Literal('F'),
      Type.Null(),
    ],
    {
      description: 'null when nothing was settled',
    },
  ),
  score: Type.Union([Type.Number({ minimum: 0, maximum: 100 }), Type.Null()]),
  coverage: Type.Number({ minimum: 0, maximum: 1, description: 'settled / applicable controls' }),
  settled: Count,
  applicable: Count,
  because: Type.String({ description: 'the rule that set the letter, in words' }),
})

const SignalSchema = Type.Object({
  kind: Type.String(),
  value: Type.String(),
  weight: Type.Number(),
  says: Type.String(),
  evidence: Type.Array(EvidenceSchema),
})

const EndpointSchema = Type.Object({
  name: Type.Optional(Type.String()),
  ip: Type.Optional(Type.String({ description: 'the first of ips' })),
  ips: Type.Array(Type.String()),
  port: Count,
  transport: Type.String(),
  protocol: Type.String(),
  protection: ProtectionSchema,
  scope: ScopeSchema,
  initiator: Type.Union([Type.Literal('device'), Type.Literal('peer')]),
  bytesOut: Count,
  bytesIn: Count,
  packets: Count,
  flows: Count,
  answered: Count,
  first: Time,
  last: Time,
  country: Type.Optional(Type.String()),
  thirdParty: Type.Optional(Type.Object({ company: Type.String(), category: Type.String(), tracker: Type.Boolean() })),
  overflow: Type.Optional(Type.Boolean({ description: 'stands for the endpoints beyond the bound, folded together' })),
  evidence: Type.Array(FramesSchema),
})

const ServiceSchema = Type.Object({
  port: Count,
  transport: Type.String(),
  protocol: Type.String(),
  protection: ProtectionSchema,
  reachedFrom: Type.Array(ScopeSchema),
  answered: Count,
  evidence: Type.Array(EvidenceSchema),
})

const ObservationSchema = Type.Object({
  kind: Type.String(),
  key: Type.String(),
  data: Type.Unknown({ description: 'by kind: docs/observations.md' }),
  count: Count,
  first: Time,
  last: Time,
  evidence: Type.Array(EvidenceSchema),
})

const Share = Type.Number({ minimum: 0, maximum: 1 })

const DeviceSchema = Type.Object({
  id: Type.String({ description: "'mac-0017882476ff', or 'ip-192.168.1.7'" }),
  macs: Type.Array(Type.String()),
  ips: Type.Array(Type.String()),
  identity: Type.Object({
    vendor: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    category: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    confidence: Type.Number({ minimum: 0, maximum: 1, description: 'of the least certain of vendor, model and category' }),
    certainty: Type.Optional(
      Type.Object({ vendor: Type.Optional(Share), model: Type.Optional(Share), category: Type.Optional(Share) }),
    ),
    signals: Type.Array(SignalSchema),
  }),
  first: Time,
  last: Time,
  packets: Count,
  bytesOut: Count,
  bytesIn: Count,
  endpoints: Type.Array(EndpointSchema),
  services: Type.Array(ServiceSchema),
  observations: Type.Array(ObservationSchema),
  product: Type.Optional(Type.String({ description: 'what the dossier that is about it calls it' })),
  documents: Type.Optional(Type.Array(Count, { description: 'indexes of the documents that are about it' })),
  findings: Type.Array(FindingSchema),
  verdicts: Type.Array(VerdictSchema),
  grade: GradeSchema,
})

const PeerSchema = Type.Object({
  ip: Type.String(),
  name: Type.Optional(Type.String({ description: 'how the device knew it' })),
  port: Count,
  scope: ScopeSchema,
})

const StepSchema = Type.Object({
  stage: Type.String({
    description:
      'probed, guessed, entered, loading, fetched, commanded, scanning, attacking; exfiltrating, flooded, intercepting, matched',
  }),
  detector: Type.String({ description: 'docs/threats.md' }),
  what: Type.String({ description: 'a vector, a service, a technique that the detector knows' }),
  role: Type.Union([Type.Literal('source'), Type.Literal('target')], { description: 'the device does it, or it is done to it' }),
  severity: SeveritySchema,
  confidence: Share,
  says: Type.String({ description: 'what was seen, and the rule or figure that it was told by' }),
  techniques: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), matrix: Type.String() }), {
    description: 'MITRE ATT&CK',
  }),
  count: Count,
  first: Time,
  last: Time,
  alerted: Type.String({ description: 'when there was enough to be sure; RFC 3339' }),
  alertedBy: EvidenceSchema,
  peer: Type.Optional(PeerSchema),
  port: Type.Optional(Count),
  detail: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()])),
  indicators: Type.Array(
    Type.Object({
      type: Type.String({ description: 'ip, domain, url, sha256, ja4, credential (masked), file' }),
      value: Type.String(),
      role: Type.String(),
    }),
  ),
  evidence: Type.Array(EvidenceSchema),
})

const ActionSchema = Type.Object({
  id: Type.String({ description: "'isolate', 'password': the same in every threat" }),
  title: Type.String(),
  text: Type.String(),
})

const ThreatSchema = Type.Object({
  id: Type.String({ description: 'stable for the same device and campaign' }),
  device: Type.String({ description: 'id of a device, of a gateway or of one that was only sent to' }),
  ip: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  campaign: Type.String({ description: 'recruitment, under-attack, interception, rule' }),
  title: Type.String(),
  stage: Type.String({ description: 'the furthest' }),
  severity: SeveritySchema,
  confidence: Share,
  first: Time,
  last: Time,
  alerted: Type.String({ description: 'when the first of its steps was sure; RFC 3339' }),
  related: Type.Optional(
    Type.Array(Type.String(), {
      description: 'ids of threats of other devices: of who attacks whom, or with an address, name or file in common',
    }),
  ),
  steps: Type.Array(StepSchema, { description: 'in order of their first packet' }),
  actions: Type.Array(ActionSchema, { description: 'what to do now, in order' }),
})

const AnomalySchema = Type.Object({ kind: Type.String(), count: Count, evidence: Type.Array(FramesSchema) })

const DocumentSchema = Type.Object({
  path: Type.String(),
  sha256: Type.String(),
  kind: Type.String({ description: 'dossier, bill of materials, VEX, update manifest' }),
  title: Type.String(),
  signedBy: Type.Optional(Type.String({ description: 'whose signature of it was verified' })),
})

export const AuditSchema = Type.Object(
  {
    schema: Type.Literal('assay-audit-2'),
    tool: Type.Object({ name: Type.Literal('assay'), version: Type.String() }),
    captures: Type.Array(CaptureSchema),
    probes: Type.Optional(Type.Array(ProbeSchema)),
    documents: Type.Optional(Type.Array(DocumentSchema)),
    network: Type.Object({
      gateways: Type.Array(Type.Object({ macs: Type.Array(Type.String()), ips: Type.Array(Type.String()) })),
      resolvers: Type.Array(Type.String()),
      first: Type.Optional(Time),
      last: Type.Optional(Time),
      packets: Count,
      bytes: Count,
      flows: Count,
      fragments: Type.Integer({
        minimum: 0,
        description: 'packets that are a part of a fragmented one; first parts are decoded',
      }),
    }),
    frameworks: Type.Array(
      Type.Object({
        id: Type.String(),
        title: Type.String(),
        version: Type.String(),
        word: Type.Optional(Type.String({ description: 'what it calls a control; the plural takes an s' })),
        controls: Count,
        blocks: Type.Optional(
          Type.Array(Type.Object({ title: Type.String(), controls: Type.Array(Type.String()) }), {
            description: 'how the framework groups its controls, in its order',
          }),
        ),
      }),
    ),
    knowledge: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), sha256: Type.String(), source: Type.String(), licence: Type.String() }), {
        description: "the user's, by which devices were identified beside Assay's own",
      }),
    ),
    devices: Type.Array(DeviceSchema, { description: 'worst first' }),
    threats: Type.Optional(
      Type.Array(ThreatSchema, {
        description: 'gravest first: one a device and campaign; not there where nobody looked for any',
      }),
    ),
    detectors: Type.Optional(
      Type.Array(Type.Object({ id: Type.String(), title: Type.String() }), {
        description: 'which looked for threats: docs/threats.md',
      }),
    ),
    anomalies: Type.Array(AnomalySchema),
  },
  { title: 'Assay audit, version 2' },
)

export type Audit = Static<typeof AuditSchema>
export type AuditDevice = Static<typeof DeviceSchema>
export type AuditFinding = Static<typeof FindingSchema>
export type AuditVerdict = Static<typeof VerdictSchema>
export type AuditEndpoint = Static<typeof EndpointSchema>
export type AuditEvidence = Static<typeof EvidenceSchema>
export type AuditCapture = Static<typeof CaptureSchema>
export type Grade = Static<typeof GradeSchema>
export type AuditDocument = Static<typeof DocumentSchema>
export type AuditThreat = Static<typeof ThreatSchema>
export type ThreatStep = Static<typeof StepSchema>
export type AuditObservation = Static<typeof ObservationSchema>
