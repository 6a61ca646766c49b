import type { Check } from '../checks/check.ts'

export type Responsible = 'maker' | 'service operator' | 'network owner'
/** How a control can be seen at all: traffic, a question asked, a document or declaration, the firmware or its bill of materials. */
type SeenBy = 'traffic' | 'probe' | 'document' | 'firmware'

/**
 * What a check may do to a control. 'settles': the control passes when every such check passes. 'can-fail': its fail or warn is
 * the control's, its pass shows only a part of what the control asks.
 */
type DecisionRole = 'settles' | 'can-fail'

export interface DecidingCheck {
  readonly id: string
  readonly role: DecisionRole
  /** Who answers for what this check finds, where that is not who answers for the control. */
  readonly responsible?: Responsible
}

/** One requirement of a framework, in our own words. Data, not code. */
export interface Control {
  /** The framework's own number. */
  readonly id: string
  readonly topic: string
  readonly block: string
  /** How sure we are of the number: checked against independent references, checked as part of a group, from memory. */
  readonly sure: 'H' | 'M+' | 'M'
  readonly level: Level
  /** The level as the source writes it, where it has a notation of its own ('M F (a)', 'L1'). */
  readonly mark?: string
  readonly seenBy: readonly SeenBy[]
  readonly responsible: Responsible
  readonly checks: readonly DecidingCheck[]
  /** What none of the checks sees, as a noun phrase. While it is there the control never passes: silence is not a pass. */
  readonly unseen?: string
  /** What even a pass leaves out, as a noun phrase, because no check looks there: said with every pass. */
  readonly beyond?: string
  /** Who must sign for it where no evidence of ours can settle it ('a person of the maker who answers for …'). */
  readonly signedBy?: string
  /** The condition under which it applies, in words; absent where it always does. */
  readonly appliesWhen?: string
  /** The one step that would settle it when nothing else does. */
  readonly next: string
}

export interface Framework {
  /** Lower case, digits, '.' and '-': what the command line takes. */
  readonly id: string
  readonly title: string
  readonly version: string
  /** Who publishes it. */
  readonly publisher: string
  /** When this version was published: a year, a month or a day (ISO 8601). */
  readonly published: string
  /** Where it can be read. */
  readonly source: string
  /** What it calls a control, in the singular; the plural takes an s. */
  readonly word: string
  /** Where the catalog comes from and what it is not. */
  readonly about: string
  readonly controls: readonly Control[]
  /**
   * Checks that decide no control here, told for what they say all the same. Given, it must name each: none is forgotten by mistake.
   * Without it, they are all that decide nothing.
   */
  readonly informational?: readonly string[]
}

/** What the source says of a control where it applies (`appliesWhen` says where). */
export type Level = 'required' | 'recommended' | 'optional' | 'unknown'

/**
 * The catalog if it is sound, else throws an Error that names every fault: numbers given twice, checks that do not exist, are named
 * twice for one control or are left out, controls that could pass on less than they ask or could never be settled, missing words.
 */
export function validated(framework: Framework, checks: readonly Check[]): Framework {
  const known = new Set(checks.map((check) => check.id))
  const faults: string[] = []
  const numbers = new Set<string>()
  for (const control of framework.controls) {
    const say = (fault: string) => faults.push(`${framework.id} ${control.id}: ${fault}`)
    if (numbers.has(control.id)) say('number given twice')
    numbers.add(control.id)
    if (control.topic.trim() === '' || control.next.trim() === '') say('topic and next must be said')
    if (control.seenBy.length === 0) say('nothing can see it')
    const deciding = control.checks.map((check) => check.id)
    for (const id of deciding) if (!known.has(id)) say(`no check is called ${id}`)
    if (new Set(deciding).size < deciding.length) say('a check is named twice')
    const settles = control.checks.some((check) => check.role === 'settles')
    if (settles && control.unseen !== undefined) say("has checks that settle it and an 'unseen' part that forbids a pass")
    if (!settles && (control.unseen ?? '').trim() === '') say("no check settles it, and 'unseen' does not say what is missing")
  }
  const decides = new Set(framework.controls.flatMap((control) => control.checks.map((check) => check.id)))
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(framework.id)) faults.push(`${framework.id}: not a name for the command line`)
  if (framework.informational === undefined) return sound(framework, faults)
  const told = new Set(framework.informational)
  for (const id of told) if (!known.has(id)) faults.push(`${framework.id}: no check is called ${id}`)
  for (const id of known)
    if (decides.has(id) === told.has(id)) faults.push(`${framework.id}: ${id} must either decide a control or be informational`)
  return sound(framework, faults)
}

function sound(framework: Framework, faults: readonly string[]): Framework {
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return framework
}

/** The checks that decide no control of it, in the order given. */
export function undeciding(framework: Framework, checks: readonly Check[]): string[] {
  const decides = new Set(framework.controls.flatMap((control) => control.checks.map((check) => check.id)))
  return checks.map((check) => check.id).filter((id) => !decides.has(id))
}
