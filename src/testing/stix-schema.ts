/**
 * What STIX 2.1 requires of the objects that we write, as a JSON Schema. OASIS's own schemas are in no registry that we install from: this is
 * written from the specification (OASIS Standard, 10 June 2021), by the section that each line names, and allows no property beside.
 */
const Id = (types: string) => ({
  type: 'string',
  // section 2.9
  pattern: `^(${types})--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
})
/** Section 3.3. */
const Time = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' }
const Text = { type: 'string', minLength: 1 }
const Texts = { type: 'array', items: Text, minItems: 1 }
/** Section 3.2. */
const Percent = { type: 'integer', minimum: 0, maximum: 100 }
const Ids = (types: string) => ({ type: 'array', items: Id(types), minItems: 1, uniqueItems: true })
const ANY = '[a-z][a-z0-9-]+'
const SCO = 'ipv4-addr|ipv6-addr|mac-addr|domain-name|url|file|network-traffic'
/** Section 2.5: a description, an URL or an external_id beside the source's name. */
const References = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['source_name'],
    anyOf: [{ required: ['description'] }, { required: ['url'] }, { required: ['external_id'] }],
    properties: {
      source_name: Text,
      description: Text,
      url: { ...Text, pattern: '^https://' },
      external_id: Text,
      hashes: hashes(),
    },
    additionalProperties: false,
  },
}

/** Section 2.6. */
function hashes() {
  return {
    type: 'object',
    minProperties: 1,
    properties: { 'SHA-256': { type: 'string', pattern: '^[0-9a-f]{64}$' } },
    additionalProperties: false,
  }
}

type Properties = Record<string, object>

/** Section 3.1: domain and relationship objects. */
function domain(type: string, required: string[], properties: Properties): object {
  return {
    type: 'object',
    required: ['type', 'spec_version', 'id', 'created', 'modified', ...required],
    properties: {
      type: { const: type },
      spec_version: { const: '2.1' },
      id: Id(type),
      created: Time,
      modified: Time,
      created_by_ref: Id('identity'),
      confidence: Percent,
      external_references: References,
      ...properties,
    },
    additionalProperties: false,
  }
}

/** Section 3.1: cyber-observable objects, whose identifiers are version 5 (section 2.9). */
function observable(type: string, required: string[], properties: Properties): object {
  return {
    type: 'object',
    required: ['type', 'id', ...required],
    properties: {
      type: { const: type },
      spec_version: { const: '2.1' },
      id: { ...Id(type), allOf: [{ pattern: '--.{14}5' }] },
      ...properties,
    },
    additionalProperties: false,
  }
}

const OBJECTS: Readonly<Record<string, object>> = {
  // 4.1
  'attack-pattern': domain('attack-pattern', ['name'], { name: Text, external_references: References }),
  // 4.5
  identity: domain('identity', ['name'], { name: Text, description: Text, identity_class: { enum: ['system'] } }),
  // 4.7
  indicator: domain('indicator', ['pattern', 'pattern_type', 'valid_from'], {
    name: Text,
    indicator_types: { type: 'array', items: { enum: ['malicious-activity', 'anomalous-activity'] }, minItems: 1 },
    pattern: { type: 'string', pattern: "^\\[[a-z0-9-]+:[a-z_.'A-Z0-9-]+ = '([^'\\\\]|\\\\['\\\\])*'\\]$" },
    pattern_type: { const: 'stix' },
    valid_from: Time,
  }),
  // 4.8
  infrastructure: domain('infrastructure', ['name'], {
    name: Text,
    description: Text,
    infrastructure_types: { type: 'array', items: { enum: ['botnet', 'unknown'] }, minItems: 1 },
    first_seen: Time,
    last_seen: Time,
  }),
  // 4.14
  'observed-data': domain('observed-data', ['first_observed', 'last_observed', 'number_observed', 'object_refs'], {
    first_observed: Time,
    last_observed: Time,
    number_observed: { type: 'integer', minimum: 1, maximum: 999_999_999 },
    object_refs: Ids(SCO),
  }),
  // 4.16
  report: domain('report', ['name', 'published', 'object_refs'], {
    name: Text,
    description: Text,
    report_types: Texts,
    published: Time,
    object_refs: Ids(ANY),
  }),
  // 5.1
  relationship: domain('relationship', ['relationship_type', 'source_ref', 'target_ref'], {
    relationship_type: { enum: ['consists-of', 'based-on', 'indicates'] },
    source_ref: Id('infrastructure|indicator'),
    target_ref: Id(ANY),
  }),
  // 5.2
  sighting: domain('sighting', ['sighting_of_ref'], {
    description: Text,
    first_seen: Time,
    last_seen: Time,
    count: { type: 'integer', minimum: 0, maximum: 999_999_999 },
    sighting_of_ref: Id('attack-pattern|indicator'),
    observed_data_refs: Ids('observed-data'),
    where_sighted_refs: Ids('identity|location'),
  }),
  // 6.4
  'domain-name': observable('domain-name', ['value'], { value: Text }),
  // 6.7: at least a hash or a name
  file: {
    ...observable('file', [], { hashes: hashes(), name: Text }),
    anyOf: [{ required: ['hashes'] }, { required: ['name'] }],
  },
  // 6.8, 6.9
  'ipv4-addr': observable('ipv4-addr', ['value'], { value: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+\\.\\d+$' } }),
  'ipv6-addr': observable('ipv6-addr', ['value'], { value: { type: 'string', pattern: '^[0-9a-f:.]*:[0-9a-f:.]*$' } }),
  // 6.10
  'mac-addr': observable('mac-addr', ['value'], { value: { type: 'string', pattern: '^([0-9a-f]{2}:){5}[0-9a-f]{2}$' } }),
  // 6.12
  'network-traffic': observable('network-traffic', ['protocols', 'src_ref', 'dst_ref'], {
    protocols: { ...Texts, items: { type: 'string', pattern: '^[a-z0-9-]+$' } },
    src_ref: Id('ipv4-addr|ipv6-addr'),
    dst_ref: Id('ipv4-addr|ipv6-addr'),
    dst_port: { type: 'integer', minimum: 0, maximum: 65_535 },
    start: Time,
    end: Time,
  }),
  // 6.17
  url: observable('url', ['value'], { value: Text }),
}

/** Section 8. */
export const STIX_SCHEMA = {
  type: 'object',
  required: ['type', 'id', 'objects'],
  properties: {
    type: { const: 'bundle' },
    id: Id('bundle'),
    objects: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['type'],
        properties: { type: { enum: Object.keys(OBJECTS) } },
        // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
        allOf: Object.entries(OBJECTS).map(([type, schema]) => ({ if: { properties: { type: { const: type } } }, then: schema })),
      },
    },
  },
  additionalProperties: false,
}
