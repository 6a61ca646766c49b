import { Type, type Static } from 'typebox'

/** The state of one's things as other tools read it. Within a version fields may be added; to remove or change one raises the version. */
const Time = Type.String({ description: 'RFC 3339, UTC, microseconds' })
const Count = Type.Integer({ minimum: 0 })
const Share = Type.Number({ minimum: 0, description: 'a number with a fraction' })

const RankedSchema = Type.Object({
  device: Type.String(),
  name: Type.String(),
  severity: Type.String({ description: 'the gravest' }),
  stage: Type.String({ description: 'the furthest' }),
  signs: Count,
  attempts: Type.Integer({ minimum: 0, description: 'connections, log-ins and exploits tried; packets of floods are none' }),
  audits: Type.Integer({ minimum: 0, description: 'in how many of them' }),
  first: Time,
})

const PartySchema = Type.Object({
  ip: Type.String(),
  name: Type.Optional(Type.String()),
  country: Type.Optional(Type.String({ description: 'where the address is registered: ISO 3166' })),
  scope: Type.String(),
  signs: Count,
  attempts: Count,
})

export const StateSchema = Type.Object(
  {
    schema: Type.Literal('assay-state-1'),
    tool: Type.Object({ name: Type.Literal('assay'), version: Type.String() }),
    audits: Type.Array(
      Type.Object({
        title: Type.String(),
        first: Type.Optional(Time),
        last: Type.Optional(Time),
        hours: Share,
        devices: Count,
        looked: Type.Boolean({ description: 'somebody looked for threats' }),
        severities: Type.Record(Type.String(), Count, { description: 'threats' }),
        signs: Count,
        attempts: Type.Integer({ minimum: 0, description: 'on the things, from outside or inside' }),
        infected: Count,
      }),
      { description: 'in order of time' },
    ),
    missing: Type.Array(Type.String(), { description: 'what this cannot say, and why' }),
    devices: Type.Integer({ minimum: 0, description: 'of all audits, each once' }),
    hours: Share,
    severities: Type.Record(Type.String(), Count, { description: 'threats of all audits' }),
    stages: Type.Array(Type.Object({ stage: Type.String(), title: Type.String(), signs: Count, devices: Count })),
    vectors: Type.Array(
      Type.Object({
        detector: Type.String(),
        title: Type.String(),
        what: Type.String(),
        role: Type.String({ description: 'source: done by the things; target: done to them' }),
        signs: Count,
        attempts: Count,
        devices: Count,
      }),
    ),
    largest: Type.Optional(
      Type.Object(
        {
          device: Type.String(),
          name: Type.String(),
          role: Type.String(),
          what: Type.String(),
          packets: Count,
          peak: Type.Optional(Type.Number({ description: 'a second' })),
          first: Time,
          last: Time,
          says: Type.String(),
        },
        { description: 'of the floods that the things sent or were sent' },
      ),
    ),
    infected: Type.Array(RankedSchema, { description: 'gravest first' }),
    attacked: Type.Array(RankedSchema, { description: 'by attempts' }),
    sources: Type.Array(PartySchema, { description: 'who did something to the things' }),
    targets: Type.Array(PartySchema, { description: 'to whom the things did something' }),
    countries: Type.Array(Type.Object({ country: Type.String(), sources: Count, targets: Count, attempts: Count })),
    credentials: Type.Array(Type.Object({ value: Type.String({ description: 'masked' }), signs: Count, devices: Count })),
    ports: Type.Array(Type.Object({ port: Count, signs: Count, attempts: Count, devices: Count })),
    trend: Type.Array(
      Type.Object({
        what: Type.String(),
        per: Type.Union([Type.Literal('day'), Type.Literal('audit')]),
        now: Type.Number({ description: 'in the last audit' }),
        before: Type.Number({ description: 'over those before it' }),
      }),
      { description: 'empty where there is nothing to compare' },
    ),
  },
  { title: 'State of your things, version 1' },
)

export type State = Static<typeof StateSchema>
export type StateAudit = State['audits'][number]
export type Ranked = State['attacked'][number]
export type Party = State['sources'][number]
