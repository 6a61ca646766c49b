/*
 * Knowledge as it stands in files: facts about makers and products, with who says so and under which licence. Assay's own is in
 * knowledge/*.json, users add theirs (docs/identity.md). Types only: device/knowledge.ts reads them.
 */
export const FORMAT = 'assay-knowledge-1'

export type Attribute = 'vendor' | 'model' | 'category' | 'name'
export const ATTRIBUTES: readonly Attribute[] = ['vendor', 'model', 'category', 'name']

export interface KnowledgeFile {
  format: typeof FORMAT
  /** What it is about, for people. */
  about?: string
  /** Where the facts are from. */
  source: string
  /** Under which the file may be used: an SPDX expression where there is one. */
  licence: string
  registrants?: {
    /** Pattern that begins the name of a registrant of hardware addresses, and the name people know it by. */
    brands?: [begins: string, brand: string][]
    /** Patterns of registrants who build boards and radio modules: whose product it is their address does not tell. */
    modules?: string[]
  }
  rules?: RuleData[]
  behaviours?: BehaviourData[]
}

/** What a signal must be: one of the three. */
export interface Condition {
  /** Kinds of signals ("dhcp.hostname"), or groups of them: "@names", "@called", "@self". */
  signals: string[]
  /** The signal is this domain or within it. */
  domains?: string[]
  /** The signal is one of these, word for word. */
  is?: string[]
  /** Regular expression, letters of either case; linear: no group with a repeat in it is repeated, no look-behind, no back-reference. */
  pattern?: string
}

export interface RuleData extends Condition {
  /** Other signals of the device that must be there too. */
  needs?: Condition[]
  /** Value ("$1" is the pattern's first group, "$0" the whole signal) and how often it is right when the signal is there, 0.5 to 1. */
  says: { [A in Attribute]?: [value: string, p: number] }
  /** It holds for phones and computers too: what they call, or are called by their makers' services, is not their own otherwise. */
  personal?: boolean
}

/** How a model behaves, learnt from captures of it. */
export interface BehaviourData {
  vendor: string
  model?: string
  category?: string
  /** Captures it was learnt from. */
  runs: number
  /** In how many of them each habit (evidence/habits.ts) was seen. */
  habits: { [habit: string]: number }
}
