/** How many columns of a terminal a text takes, and cutting and folding text to them. */

const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}]$/u
/** East Asian wide and full-width (UAX #11, by script, a little generous), and what terminals draw as pictures. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Yi}\p{Script=Bopomofo}\p{Emoji_Presentation}\u3000-\u303E\uFE30-\uFE4F\uFF01-\uFF60\uFFE0-\uFFE6]$/u

function columns(character: string): number {
  const code = character.codePointAt(0)!
  if (code < 0x300) return 1
  // variation selector 16 turns the character before it into a picture two columns wide
  if (code === 0xfe0f) return 1
  if (COMBINING.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

export function width(text: string): number {
  let sum = 0
  for (const character of text) sum += columns(character)
  return sum
}

/** At most `max` columns; what is cut off is shown by '…'. */
export function cut(text: string, max: number): string {
  if (width(text) <= max) return text
  let out = ''
  let sum = 1
  for (const character of text) {
    const w = columns(character)
    if (sum + w > max) break
    out += character
    sum += w
  }
  return max < 1 ? '' : `${out.trimEnd()}…`
}

/** Filled with spaces to `to` columns. */
export function pad(text: string, to: number): string {
  return text + ' '.repeat(Math.max(0, to - width(text)))
}

/** Folded at spaces to lines of at most `max` columns; a word longer than a line is broken. Never gives an empty list. */
export function fold(text: string, max: number): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const word of text.split(' ')) {
    if (word === '') continue
    const w = width(word)
    if (used > 0 && used + 1 + w <= max) {
      line += ` ${word}`
      used += 1 + w
      continue
    }
    if (used > 0) lines.push(line)
    line = ''
    used = 0
    for (const character of word) {
      const c = columns(character)
      if (used + c > max && used > 0) {
        lines.push(line)
        line = ''
        used = 0
      }
      line += character
      used += c
    }
  }
  lines.push(line)
  return lines
}
