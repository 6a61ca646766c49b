import { lower } from '../automaton.ts'
import { Expression } from './expression.ts'
import type { Part } from './parts.ts'
import type { BufferName, Content, DataAt, Length, OneOf, Pattern, Test } from './rule.ts'

/** Places that are tried before it is given up: a rule and a stranger together must not take for ever. */
const MAX_TRIES = 4096

type Step =
  | (Content & { readonly wanted: Buffer; readonly relative: boolean })
  | (Pattern & { readonly expression: Expression })
  | DataAt
  | Length
  | OneOf

/** The tests of a rule that are of one buffer, in their order. */
export class BufferTests {
  readonly of: BufferName
  /** Where the first thing that was found begins; 0 where nothing has to be there. */
  at = 0
  private readonly steps: readonly Step[]
  private tries = 0

  constructor(of: BufferName, tests: readonly Exclude<Test, { kind: 'name' }>[]) {
    this.of = of
    this.steps = tests.map((test): Step => {
      if (test.kind === 'pattern') return { ...test, expression: new Expression(test.source, test) }
      if (test.kind !== 'content') return test
      const wanted = Buffer.from(test.nocase ? test.bytes.map(lower) : test.bytes)
      return { ...test, wanted, relative: test.distance !== undefined || test.within !== undefined }
    })
  }

  hold(part: Part): boolean {
    this.tries = 0
    this.at = -1
    const held = this.from(0, part, 0)
    if (this.at < 0) this.at = 0
    return held
  }

  private from(index: number, part: Part, before: number): boolean {
    const step = this.steps[index]
    if (step === undefined) return true
    const size = part.bytes.length
    switch (step.kind) {
      case 'content':
        return this.content(step, index, part, before)
      case 'pattern':
        return this.pattern(step, index, part, before)
      case 'one-of':
        return step.values.includes(part.bytes.toString('latin1')) && this.from(index + 1, part, before)
      case 'length':
        return size >= step.range.least && size <= step.range.most && this.from(index + 1, part, before)
      default: {
        const there = step.relative ? before + step.count <= size : step.count < size
        return there !== (step.not === true) && this.from(index + 1, part, before)
      }
    }
  }

  private content(step: Extract<Step, { kind: 'content' }>, index: number, part: Part, before: number): boolean {
    const { wanted, relative, nocase, not, atEnd } = step
    const hay = nocase ? part.lower : part.bytes
    const least = Math.max(0, relative ? before + (step.distance ?? 0) : (step.offset ?? 0))
    const bound = relative ? step.within : step.depth
    const most =
      bound === undefined ? hay.length : Math.min(hay.length, (relative ? before + (step.distance ?? 0) : least) + bound)
    const first = atEnd ? Math.max(least, hay.length - wanted.length) : least
    let at = first <= most ? hay.indexOf(wanted, first) : -1
    if (not) return (at < 0 || at + wanted.length > most) && this.from(index + 1, part, before)
    const again = this.depends(index)
    while (at >= 0 && at + wanted.length <= most) {
      if (this.at < 0) this.at = at
      if (this.from(index + 1, part, at + wanted.length)) return true
      // another place helps only what is counted from it
      if (!again || ++this.tries > MAX_TRIES) return false
      at = hay.indexOf(wanted, at + 1)
    }
    return false
  }

  private pattern(step: Extract<Step, { kind: 'pattern' }>, index: number, part: Part, before: number): boolean {
    const { expression, relative, not } = step
    const { bytes } = part
    const from = relative ? Math.min(before, bytes.length) : 0
    const again = this.depends(index)
    let held = false
    // what is relative is as if nothing stood before it
    const found = expression.search(bytes, from, bytes.length, from, (end) => {
      if (not) return true
      if (this.at < 0) this.at = Math.max(0, end - 1)
      held = this.from(index + 1, part, end)
      return held || !again || ++this.tries > MAX_TRIES
    })
    return not ? !found && this.from(index + 1, part, before) : held
  }

  /** Is something counted from where this one ends? */
  private depends(index: number): boolean {
    for (let i = index + 1; i < this.steps.length; i++) {
      const step = this.steps[i]!
      if (step.kind === 'length' || step.kind === 'one-of') continue
      if (step.relative) return true
      if (step.kind !== 'data-at' && !step.not) return false
    }
    return false
  }
}
