import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join, parse, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CaptureError } from '../capture/error.ts'
import { extractFrames } from '../capture/write.ts'
import { frameList } from '../report/frames.ts'
import { framesOf } from '../report/pointers.ts'
import type { AuditCapture } from '../report/model.ts'
import { clean, count, fileName } from '../report/words.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { findFinding, noSuch, readReport } from './report-file.ts'

/** Writes the finding's packets, a file for each capture that holds some: x.pcapng, or x-1.pcapng, x-2.pcapng. */
export async function extractCommand(reportPath: string, id: string, output: string): Promise<number> {
  const audit = await readReport(reportPath)
  const place = findFinding(audit, id)
  if (!place)
    throw noSuch(
      'finding',
      id,
      audit.devices.flatMap((d) => d.findings.map((f) => f.id)),
      `The report's findings are under devices[].findings[].id.`,
    )
  const { finding } = place
  const evidence = framesOf(finding.evidence).filter((e) => e.frames.length > 0)
  if (evidence.length === 0) {
    throw new Failure(
      EXIT.usage,
      `the finding '${id}' rests on no packets (${finding.outcome})`,
      finding.next ??
        (finding.evidence.length > 0
          ? `What it rests on stands in the report: assay explain ${id} --report ${reportPath}`
          : 'There is nothing to cut out.'),
    )
  }
  const jobs: { path: string; frames: Set<number>; out: string; list: string }[] = []
  for (const [i, e] of evidence.entries()) {
    const capture = audit.captures[e.capture]
    if (!capture)
      throw new Failure(
        EXIT.input,
        `the report names capture ${e.capture}, which it does not describe`,
        'It was changed since it was written: audit again.',
      )
    const { dir, name, ext } = parse(output)
    const out = evidence.length === 1 ? output : join(dir, `${name}-${i + 1}${ext}`)
    const path = await locate(capture, reportPath)
    await verify(path, capture)
    if (await same(path, out))
      throw new Failure(EXIT.usage, `${out} is the capture itself`, 'Choose another name for the packets.')
    jobs.push({ path, frames: new Set(e.frames), out, list: frameList(e.frames, 8) })
  }
  for (const { path, frames, out, list } of jobs) {
    const written = await cutOut(path, frames, out)
    if (written < frames.size)
      throw new Failure(
        EXIT.input,
        `${path} gave ${written} of ${count(frames.size, 'packet')}`,
        'The report does not fit the capture: audit again.',
      )
    process.stdout.write(`${clean(out)}: ${count(written, 'packet')} of ${fileName(path)} (${list})\n`)
  }
  return EXIT.audited
}

async function cutOut(path: string, frames: Set<number>, out: string): Promise<number> {
  try {
    return await extractFrames(path, frames, out)
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    const ours = error.code === 'unwritable' || error.code === 'same-file' || error.code === 'mixed-link-types'
    throw new Failure(ours ? EXIT.usage : EXIT.input, error.message)
  }
}

/** Where the report says (from the working folder), else beside the report. */
async function locate(capture: AuditCapture, reportPath: string): Promise<string> {
  if (capture.path === '-')
    throw new Failure(
      EXIT.input,
      'these packets came from standard input, which cannot be read again',
      'Keep the capture in a file and audit that: tcpdump -w home.pcapng; assay audit home.pcapng',
    )
  if (capture.live?.kept === false)
    throw new Failure(
      EXIT.input,
      'these packets were captured live and not kept',
      `Next time keep them: assay audit --interface ${capture.live.interface} --write live.pcapng`,
    )
  for (const path of [capture.path, resolve(dirname(reportPath), capture.path)]) {
    if (
      await stat(path).then(
        (s) => s.isFile(),
        () => false,
      )
    )
      return path
  }
  throw new Failure(
    EXIT.input,
    `the capture ${capture.path} is not there`,
    `The report names it as it was given to assay audit: run this from the same folder (now ${process.cwd()}).`,
  )
}

/** Frame numbers mean nothing in another file: it must be the one that was audited, byte for byte. */
async function verify(path: string, capture: AuditCapture): Promise<void> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  } catch (error) {
    throw new Failure(EXIT.input, `cannot read ${path}: ${systemReason(error)}`)
  }
  const found = hash.digest('hex')
  if (found !== capture.sha256) {
    throw new Failure(
      EXIT.input,
      `${path} is not the capture that was audited (SHA-256 ${found.slice(0, 16)}…, the report says ${capture.sha256.slice(0, 16)}…)`,
      'It changed since, or is another file of that name: find the original, or audit it again.',
    )
  }
}

async function same(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([stat(a), stat(b).catch(() => undefined)])
  return y !== undefined && x.dev === y.dev && x.ino === y.ino
}
