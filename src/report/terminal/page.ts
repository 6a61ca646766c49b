import { createColors } from 'picocolors'
import type { Audit, AuditEvidence } from '../model.ts'
import { cut, fold, width as columns } from '../width.ts'
import { clean, evidenceWords } from '../words.ts'

export type Paint = (text: string) => string
export type Segment = readonly [text: string, paint?: Paint]

/** Lines of bounded width. Everything put on it is cleaned first, and measured before it is painted. */
export class Page {
  readonly width: number
  readonly c: ReturnType<typeof createColors>
  readonly #lines: string[] = []

  constructor(width: number, colour: boolean) {
    this.width = width
    this.c = createColors(colour)
  }

  /** One line of differently painted parts, cut where the width ends. */
  line(...segments: Segment[]): void {
    let left = this.width
    let out = ''
    for (const [text, paint] of segments) {
      const shown = cut(clean(text), left)
      left -= columns(shown)
      out += paint && shown ? paint(shown) : shown
      if (left <= 0) break
    }
    this.#lines.push(out.trimEnd())
  }

  /** A text folded under a head: the head stands on the first line only. */
  fold(head: Segment[], text: string, paint?: Paint): void {
    const indent = head.reduce((sum, [t]) => sum + columns(clean(t)), 0)
    // what fits keeps its spaces
    if (columns(clean(text)) <= this.width - indent && !text.includes('\n')) return this.line(...head, [text, paint])
    fold(clean(text), this.width - indent).forEach((l, i) =>
      this.line(...(i === 0 ? head : [[' '.repeat(indent)] as const]), [l, paint] as const),
    )
  }

  blank(): void {
    if (this.#lines.at(-1) !== '') this.#lines.push('')
  }

  heading(text: string): void {
    this.blank()
    this.line([text.toUpperCase(), this.c.bold])
    this.blank()
  }

  text(): string {
    return `${this.#lines.join('\n').trimEnd()}\n`
  }
}

/** 'home.pcapng frames 12, 40–43', a part for each capture; the name only where there are several captures. */
export function evidenceText(audit: Audit, evidence: readonly AuditEvidence[], most = 2): string {
  return evidence
    .slice(0, most)
    .map((e) => evidenceWords(audit, e))
    .join('; ')
}
