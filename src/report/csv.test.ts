import { describe, expect, it } from 'vitest'
import { auditFixture, hostile } from '../testing/audit-fixture.ts'
import { judgedFixture } from '../testing/judged-audit.ts'
import { csvLines } from './csv.ts'

/** As RFC 4180 has it, by a reader that knows nothing of the writer. */
function read(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (let i = 0; i < text.length;) {
    let value = ''
    if (text[i] === '"') {
      for (i++; !(text[i] === '"' && text[i + 1] !== '"'); i++) {
        if (text[i] === undefined) throw new Error('a quote is not closed')
        if (text[i] === '"') i++
        value += text[i]
      }
      i++
    } else while (i < text.length && text[i] !== ',' && text[i] !== '\r') value += text[i++]
    row.push(value)
    if (text[i] === ',') i++
    else if (text.startsWith('\r\n', i)) {
      rows.push(row)
      row = []
      i += 2
    } else throw new Error(`neither ',' nor a line's end at ${i}`)
  }
  return rows
}

describe('the report as CSV', () => {
  it('has a line a finding and verdict, all of one length, and what they say comes back whole', () => {
    const audit = judgedFixture()
    const [head, ...rows] = read([...csvLines(audit)].join(''))
    const device = audit.devices[0]!
    expect(rows).toHaveLength(device.findings.length + device.verdicts.length)
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([head!.length]))
    const at = (name: string) => head!.indexOf(name)
    expect(rows.map((row) => row[at('reason')])).toEqual([...device.findings, ...device.verdicts].map(({ reason }) => reason))
    const bad = rows.find((row) => row[at('what')] === 'finding' && row[at('outcome')] === 'fail')!
    expect([bad[at('number')], bad[at('severity')], bad[at('evidence')]]).toEqual(['default-login', 'critical', 'question 1'])
  })

  it.each(['=HYPERLINK("http://evil.example";"x")', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\uFF1D1', hostile.lines, 'a"b,c'])(
    'gives no spreadsheet a formula, and no reader a line more: %j',
    (name) => {
      const audit = auditFixture()
      audit.devices[0]!.identity.name = name
      audit.devices[0]!.findings[0]!.reason = name
      const rows = read([...csvLines(audit)].join(''))
      expect(new Set(rows.map((row) => row.length)).size).toBe(1)
      for (const field of rows.flat()) expect(field).not.toMatch(/^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/)
    },
  )

  it('gives no formula to a spreadsheet that parts fields at semicolons, and no terminal a command', () => {
    const audit = auditFixture()
    audit.devices[0]!.findings[0]!.reason = 'x; =HYPERLINK("http://evil.example";"y");@SUM(A1)\u001b[31m'
    const text = [...csvLines(audit)].join('')
    expect(text).not.toMatch(/;\s*[=+\-@]/)
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/\u001b/)
  })
})
