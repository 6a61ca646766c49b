import type { Detector, Sign, Severity, Telling } from '../detector.ts'
import { isMark, MARKS } from './marks.ts'
import { ENOUGH } from './fetches.ts'
import { observeAnswer } from './decoded.ts'
import { FetchSensor } from './sensor.ts'

const ENOUGH_TO_TELL = {
  value: ENOUGH,
  unit: 'points',
  why: 'a program from a server on the Internet that has only an address; a maker names his servers',
}
const SUSPECT = { value: 4, unit: 'points', why: 'and one thing more that makers do not do' }
const SURE = { value: 5, unit: 'points', why: "Mirai's and Gafgyt's loaders have six to nine, whichever way they go" }

/** A program that a device fetches, or gives to others. */
export const fetched: Detector = {
  id: 'fetched',
  title: 'Program fetched',
  looksFor: `Programs (ELF) and shell scripts that fetch and start them, in clear by HTTP, TFTP, FTP or bare TCP, to a device or from it. Each is weighed by where it comes from, by what it is asked for and how it was built: told from ${ENOUGH_TO_TELL.value} points, grave from ${SURE.value}. The hash is of the whole file.`,
  mistakes:
    'A maker who serves bare programs from an address without a name, to a tool like Wget; a developer who does so at home. What comes encrypted or packed in an archive escapes, as does a program echoed into a shell, the second half of a file whose first packet was lost, and a file whose capture lacks packets has no hash. Of IP fragments only the first is looked at. What comes in pieces of a few bytes has no hash.',
  baseRate:
    'never in 967 public captures without such a thing, among them 179 of things that are set up, in 40 of which a maker serves a program as it is',
  tunables: { told: ENOUGH_TO_TELL, suspect: SUSPECT, sure: SURE },
  sensor: (desk) => new FetchSensor(desk),
  observers: () => ({ http: observeAnswer }),
  tell,
}

const WAYS: Readonly<Record<string, string>> = { http: 'HTTP', tftp: 'TFTP', ftp: 'FTP', tcp: 'bare TCP' }

function tell({ data, count }: Sign): Telling {
  const { detail, role, peer } = data
  const weight = Number(detail['weight'])
  const severity: Severity = weight >= SURE.value ? 'high' : weight >= SUSPECT.value ? 'medium' : 'low'
  const taken = role === 'target'
  const what = data.what === 'script' ? 'a shell script that fetches programs' : `a program for ${detail['machine']} (ELF)`
  const where = taken
    ? `Fetched ${what} in clear by ${WAYS[detail['by']!]}: ${detail['url']}`
    : `Gave ${what} to ${peer?.ip} in clear by ${WAYS[detail['by']!]}: ${detail['url']}`
  const more = count > 1 ? `, the gravest of ${count} files` : ''
  const hash =
    detail['sha256'] === undefined
      ? detail['whole'] === 'in pieces'
        ? 'in pieces, so without a hash'
        : 'not whole in the capture, so without a hash'
      : `${Number(detail['bytes']).toLocaleString('en')} bytes, SHA-256 ${detail['sha256']}`
  const why = String(detail['marks'])
    .split(' ')
    .filter(isMark)
    .filter((mark) => MARKS[mark].weight > 0)
  return {
    campaign: 'recruitment',
    stage: taken ? 'fetched' : 'scanning',
    severity,
    confidence: severity === 'high' ? 0.9 : severity === 'medium' ? 0.6 : 0.4,
    says: `${where} (${hash})${more}. ${sentence(why.map((mark) => MARKS[mark].says))}`,
    techniques: [taken ? 'T1105' : 'T1570', ...(data.what === 'script' ? (['T1059.004'] as const) : [])],
  }
}

function sentence(parts: readonly string[]): string {
  const text = parts.join('; ')
  return text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}.`
}
