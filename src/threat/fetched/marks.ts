/** What speaks for a program that nobody wanted, with its weight and how it is said. */
export const MARKS = {
  'nameless-far': { weight: 3, says: 'its server on the Internet has no name, only an address' },
  nameless: { weight: 1, says: 'its server has no name, only an address' },
  unasked: { weight: 1, says: 'who was asked for it is not in the capture' },
  spread: { weight: 2, says: 'it went to the Internet' },
  port: { weight: 1, says: 'the port is not one of the web' },
  raw: { weight: 1, says: 'it came bare, by no protocol' },
  tool: { weight: 1, says: 'a command-line tool asked for it' },
  'machine-name': { weight: 2, says: 'the file is named for the machine that it runs on' },
  'bot-name': { weight: 3, says: 'Mozi names its files so' },
  static: { weight: 1, says: 'it needs no libraries' },
  bare: { weight: 1, says: 'it is packed or stripped of its sections' },
  library: { weight: -2, says: 'it is a library or a part of a program' },
  script: { weight: 1, says: 'the script fetches programs and starts them' },
  'script-nameless': { weight: 3, says: 'the script fetches programs from servers without names and starts them' },
  'script-many': { weight: 1, says: 'it tries many' },
} as const satisfies Record<string, { weight: number; says: string }>
export type Mark = keyof typeof MARKS

export function weigh(marks: readonly Mark[]): number {
  return marks.reduce((sum, mark) => sum + MARKS[mark].weight, 0)
}

export function isMark(word: string): word is Mark {
  return Object.hasOwn(MARKS, word)
}
