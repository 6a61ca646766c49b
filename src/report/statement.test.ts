import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { frameworkOf, frameworks } from '../frameworks/index.ts'
import { auditFixture, hostile } from '../testing/audit-fixture.ts'
import { judgedFixture } from '../testing/judged-audit.ts'
import { complianceDocx } from './statement-docx.ts'
import { complianceMarkdown } from './statement-markdown.ts'
import { complianceOf } from './statement.ts'

const audit = judgedFixture()
const device = audit.devices[0]!
const of = (id: string) => complianceOf(audit, device, frameworkOf(id)!)
const answers = (id: string) =>
  new Map(
    of(id)
      .blocks.flatMap((block) => block.answers)
      .map((answer) => [answer.number, answer]),
  )

describe('a statement of compliance', () => {
  it('answers what evidence settles, with where to look', () => {
    const psti = answers('psti')
    expect(psti.get('1(2)')).toMatchObject({
      answer: 'not met',
      how: 'probed',
      evidence: [expect.stringContaining('question 1')],
    })
    expect(psti.get('3(2)')).toMatchObject({
      answer: 'met',
      how: 'declared',
      evidence: [expect.stringContaining('/states-support-period')],
    })
    expect(psti.get('3(5)')).toMatchObject({ answer: 'open', how: 'not settled' })
    expect(of('psti').facts.find(({ name }) => name.startsWith('Defined support period'))?.value).toBe(
      'The dossier says it: Says how long it is supported.',
    )
    expect(of('psti').facts.find(({ name }) => name.startsWith('Name and address'))?.value).toMatch(/^The dossier says it: /)
    // who signs is nobody's to say but theirs
    expect(of('psti').facts.find(({ name }) => name.startsWith('Complies'))?.value).toBeUndefined()
  })

  it.each(frameworks.map(({ id }) => [id]))(
    'has an answer to every control of %s, and a person for every one that evidence leaves',
    (id) => {
      const compliance = of(id)
      const all = compliance.blocks.flatMap((block) => block.answers)
      expect(all.map(({ number }) => number)).toEqual(frameworkOf(id)!.controls.map((control) => control.id))
      const signed = new Set(compliance.toSign.map(({ number }) => number))
      // nobody but a person answers for what is open, failed or only said
      expect(all.filter(({ answer, how, number }) => !signed.has(number) && (answer !== 'met' || how === 'declared'))).toEqual([])
      for (const { what, who } of compliance.toSign) expect([what.trim(), who.trim()].includes('')).toBe(false)
    },
  )

  it('leaves nothing to sign where evidence of more than words settles it', () => {
    const asked = structuredClone(device)
    for (const finding of asked.findings) {
      finding.outcome = 'pass'
      finding.assurance = 'documented'
    }
    const { toSign, sum } = complianceOf(audit, asked, frameworkOf('psti')!)
    expect(sum).toBe('Of 9: 5 met, 0 not met, 4 open, 0 does not apply.')
    // what no check looks at stays a person's
    expect(toSign.map(({ number }) => number)).toEqual(['2(4)', '3(3)', '3(4)', '3(5)'])
  })

  it('steers no terminal, whatever a report says', () => {
    const odd = structuredClone(audit)
    const bad = 'x\u001b[31m'
    odd.tool.version = bad
    for (const list of [odd.captures, odd.documents ?? []]) for (const one of list) one.sha256 = bad
    const thing = { ...structuredClone(device), id: bad, macs: [bad], ips: [bad] }
    // eslint-disable-next-line no-control-regex
    expect(JSON.stringify(complianceOf(odd, thing, frameworkOf('psti')!))).not.toMatch(/\\u001b/)
  })

  it('needs no report that was judged by it', () => {
    const other = judgedFixture(['ota-2.5'])
    expect(complianceOf(other, other.devices[0]!, frameworkOf('psti')!)).toEqual(of('psti'))
  })
})

/** Cells of a row, as GFM splits them: at pipes that no backslash escapes. */
const cells = (line: string) => line.split(/(?<!\\)\|/).length - 2

describe('as Markdown', () => {
  it.each([
    ...Object.values(hostile),
    '| a | b |',
    '[x](http://evil.example)',
    '<img src=x onerror=alert(1)>',
    '`code` *b* _i_ ~s~',
    'a\\|b',
  ])('keeps text of others text: %j', (name) => {
    const bad = auditFixture()
    bad.devices[0]!.identity.name = name
    for (const finding of bad.devices[0]!.findings) finding.reason = `${name} it was.`
    const text = complianceMarkdown(complianceOf(bad, bad.devices[0]!, frameworkOf('en303645')!))
    expect(text).not.toMatch(/<(?!br>)[a-z/!]/i)
    expect(text).not.toMatch(/(?<!\\)\]\(/)
    expect(text).not.toMatch(/[^\n\P{C}]/u)
    let columns = 0
    for (const line of text.split('\n')) {
      if (!line.startsWith('|')) columns = 0
      else if (columns === 0) columns = cells(line)
      else expect([line, cells(line)]).toEqual([line, columns])
    }
  })

  it('leaves lines for what a person fills in, and a box for each that is to sign', () => {
    const text = complianceMarkdown(of('cra'))
    expect(text).toContain('| Notified body, procedure and certificate, where there is one | ______________________ |')
    expect(text.match(/^- \[ \] /gm)).toHaveLength(of('cra').toSign.length)
    expect(text).toContain(audit.documents![0]!.sha256)
  })
})

/** Files of a ZIP by its central directory (APPNOTE 4.3.12). */
function unzipped(zip: Buffer): Map<string, string> {
  const files = new Map<string, string>()
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006'))
  let at = zip.readUInt32LE(end + 16)
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const [nameLength, extra, comment] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)]
    const local = zip.readUInt32LE(at + 42)
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const data = zip.subarray(start, start + zip.readUInt32LE(at + 20))
    files.set(
      zip.toString('utf8', at + 46, at + 46 + nameLength),
      (zip.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data)).toString('utf8'),
    )
    at += 46 + nameLength + extra + comment
  }
  return files
}

/** Whether every element that is opened is closed, in order. */
function balanced(xml: string): boolean {
  const open: string[] = []
  for (const [, slash, name, own] of xml.matchAll(/<(\/?)([\w:]+)(?:\s+[\w:]+="[^"<]*")*\s*(\/?)>/g))
    if (slash === '/') {
      if (open.pop() !== name) return false
    } else if (own === '') open.push(name!)
  return open.length === 0
}

describe('as a Word document', () => {
  it('is OOXML with all answers, and text of others stays text', async () => {
    const bad = judgedFixture()
    bad.devices[0]!.identity.model = hostile.script + hostile.template
    const compliance = complianceOf(bad, bad.devices[0]!, frameworkOf('psti')!)
    const files = unzipped(await complianceDocx(compliance))
    const xml = files.get('word/document.xml')!
    expect(files.has('[Content_Types].xml')).toBe(true)
    expect(balanced(xml.replace(/^<\?xml[^>]*\?>/, ''))).toBe(true)
    expect(xml).not.toContain('<script')
    const text = [...xml.matchAll(/<w:t(?: [^>]*)?>([^<]*)<\/w:t>/g)]
      .map(([, words]) => words!.replaceAll('&apos;', "'"))
      .join('\n')
    for (const { number, topic } of compliance.blocks.flatMap((block) => block.answers)) {
      expect(text).toContain(number)
      expect(text).toContain(topic)
    }
    for (const name of compliance.signature) expect(text).toContain(name)
  })
})
