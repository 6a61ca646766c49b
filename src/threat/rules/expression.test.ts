import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Expression, type Flags } from './expression.ts'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')

/** All places where a match ends. */
function ends(source: string, text: string, flags: Flags = {}, from = 0): number[] {
  const found: number[] = []
  const bytes = bytesOf(text)
  new Expression(source, flags).search(bytes, 0, bytes.length, from, (end) => {
    found.push(end)
    return false
  })
  return found
}

/** The same by JavaScript's own: is there a match that ends there? */
function slowly(source: string, text: string, flags: Flags = {}): number[] {
  const found: number[] = []
  for (let end = 0; end <= text.length; end++)
    // the text after the end must still be seen by assertions
    for (let begin = 0; begin <= end; begin++) {
      const at = new RegExp(
        `(?<=^[^]{${begin}})(?:${source})(?=[^]{${text.length - end}}$(?![^]))`,
        `${flags.nocase ? 'i' : ''}${flags.dotAll ? 's' : ''}`,
      )
      const match = at.exec(text)
      if (match?.index === begin && match[0].length === end - begin) {
        found.push(end)
        break
      }
    }
  return found
}

describe('Expression', () => {
  it('tells of every end, and stops when told to', () => {
    expect(ends('ab+', 'xabbb')).toEqual([3, 4, 5])
    let asked = 0
    const bytes = bytesOf('aaaa')
    expect(new Expression('a').search(bytes, 0, 4, 0, () => ++asked === 2)).toBe(true)
    expect(asked).toBe(2)
  })

  it('knows what rules are written with', () => {
    expect(ends('^GET\\x20/[a-z]{3,5}\\.cgi\\?cmd=(?:wget|curl)\\b', 'GET /shell.cgi?cmd=wget http')).toEqual([23])
    expect(ends('(?i)host\\x3a\\s*[\\w.]+', 'HOST: a')).toEqual([7])
    expect(ends('[^\\x00-\\x1f]{4}$', 'ab\ncdef\n')).toEqual([7])
    expect(ends('[[:xdigit:]]{2}-', '0f-')).toEqual([3])
    expect(ends('a|b|', 'b')).toEqual([0, 1])
    expect(ends('^b', 'a\nb', { multiline: true })).toEqual([3])
    expect(ends('^b', 'a\nb')).toEqual([])
    expect(ends('a.c', 'a\nc')).toEqual([])
    expect(ends('a.c', 'a\nc', { dotAll: true })).toEqual([3])
    expect(ends('[^a]', 'aA', { nocase: true })).toEqual([])
    expect(ends('[b-d]', 'C', { nocase: true })).toEqual([1])
    expect(ends('b', 'ab', { anchored: true })).toEqual([])
    expect(ends('b', 'ab', { anchored: true }, 1)).toEqual([2])
    expect(ends('\\bb', 'ab', {}, 1)).toEqual([])
  })

  it.each([
    ['(a)\\1', 'a reference back'],
    ['(?=a)b', 'needs going back'],
    ['(?<!a)b', 'needs going back'],
    ['(?>a+)', 'needs going back'],
    ['a++', 'possessive'],
    ['a{2000}', 'more than 1000'],
    ['((a{100}){100}){100}', 'more than 2000 steps'],
    ['(a', 'not closed'],
    ['a)', 'closes nothing'],
    ['[a', 'not closed'],
    ['*a', 'repeats nothing'],
    ['a**', 'a repeat of a repeat'],
    ['\\p{L}', 'not understood'],
    ['(?x)a', 'flag x'],
    ['\\', 'at its end'],
    ['('.repeat(60) + ')'.repeat(60), 'deep'],
    ['a'.repeat(3000), 'longer than'],
    ['\u20ac', 'more than one byte'],
  ])('refuses %s', (source, why) => {
    expect(() => new Expression(source)).toThrow(why)
  })

  it('takes no more time for what others take for ever over', () => {
    // with going back, 2^40 ways and more
    const text = `${'a'.repeat(16_000)}!`
    expect(ends('(a+)+$', text)).toEqual([])
    expect(ends('(?:a|a?)+b', text)).toEqual([])
    expect(ends('(x+x+)+y', 'x'.repeat(16_000))).toEqual([])
  })

  it('finds the same when it makes more sets than it remembers', () => {
    // which of the last nine bytes were an "a": 512 sets
    let state = 1
    const text = Array.from({ length: 4000 }, () => ((state = (state * 75) % 65_537) & 1 ? 'a' : 'b')).join('')
    const wanted = [...text.matchAll(/(?=a.{9})/gs)].map(({ index }) => index + 10)
    expect(ends('a.{9}', text)).toEqual(wanted)
    expect(ends('a.{9}', text)).toEqual(wanted)
  })

  it('agrees with going back', () => {
    const leaf = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\b', '^', '$(?![^])', 'B')
    const { source } = fc.letrec<{ source: string }>((tie) => ({
      source: fc.oneof(
        { maxDepth: 3 },
        leaf.map((s) => s.replace('$(?![^])', '\\z')),
        fc.tuple(tie('source'), tie('source')).map(([x, y]) => `${x}${y}`),
        fc.tuple(tie('source'), tie('source')).map(([x, y]) => `(?:${x}|${y})`),
        fc.tuple(tie('source'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '*?')).map(([x, q]) => `(?:${x})${q}`),
      ),
    }))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'B', ' ', '\n'), maxLength: 7 })
    fc.assert(
      fc.property(source, text, fc.boolean(), (one, said, nocase) => {
        expect(ends(one, said, { nocase }), one).toEqual(slowly(one.replaceAll('\\z', '(?![^])'), said, { nocase }))
      }),
      { numRuns: 400 },
    )
  })
})
