import { CST, Lexer } from 'yaml'

/** A dossier has a few thousand; the parser takes a second for so many, whatever they are. */
const MAX_TOKENS = 100_000
/** Brackets open at once, and '-', '?' after one another in a line. */
const MAX_OPEN = 32
/** Columns before a line's first word: block levels. */
const MAX_INDENT = 200
/** Looking one up takes as long as there are many. */
const MAX_ANCHORS = 100

/**
 * Why a text must not be given to the YAML parser: it calls itself for each level and looks through all anchors for each alias, so that
 * a megabyte made for it takes minutes. The lexer alone is linear. Undefined where it may.
 */
export function yamlFault(text: string): { what: string; line: number } | undefined {
  let line = 1
  let tokens = 0
  let open = 0
  let anchors = 0
  let inLine = 0
  let fresh = true
  const fault = (what: string) => ({ what, line })
  for (const token of new Lexer().lex(text)) {
    if (++tokens > MAX_TOKENS) return fault('it has more parts than any dossier needs')
    const type = CST.tokenType(token)
    if (type === 'flow-seq-start' || type === 'flow-map-start') open++
    else if (type === 'flow-seq-end' || type === 'flow-map-end') open = Math.max(0, open - 1)
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') inLine++
    else if (type === 'anchor') anchors++
    if (open > MAX_OPEN || inLine > MAX_OPEN || (fresh && type === 'space' && token.length > MAX_INDENT))
      return fault('it is nested deeper than any dossier needs')
    if (anchors > MAX_ANCHORS) return fault(`it has more than ${MAX_ANCHORS} anchors`)
    fresh = type === 'newline'
    if (fresh) inLine = 0
    for (let at = token.indexOf('\n'); at >= 0; at = token.indexOf('\n', at + 1)) line++
  }
  return undefined
}
