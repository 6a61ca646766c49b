import { rmSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Random } from '../../lab/random.ts'
import { audit } from '../../src/audit/audit.ts'
import { CaptureError } from '../../src/capture/read.ts'
import { renderHtml } from '../../src/report/html.ts'
import { renderJson, renderSchema } from '../../src/report/json.ts'
import type { Audit } from '../../src/report/model.ts'
import { framesOf } from '../../src/report/pointers.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { hold, presentable, printable } from '../invariants.ts'
import { mutate } from '../mutate.ts'
import { type Frame, frames, linkTypeOf, pcap } from '../pcap.ts'
import { scratchFile, windows } from '../sample.ts'
import type { Target } from '../target.ts'

const validate = new Ajv2020({ allErrors: false }).compile(JSON.parse(renderSchema()) as object)
let runs = 0

/** The whole road, from a file to the reports. */
export const engine: Target = {
  name: 'engine',
  batch: 16,
  seeds: (captures) => windows(captures, 80, 30),
  async run(input) {
    const path = scratchFile()
    try {
      writeFileSync(path, input)
      // a table that is full at once, every other time: what leaves early is judged, too
      const result = await audit([path], { canaries: ['aquarium'], flowCapacity: (input.length & 1) === 0 ? 4 : 64 })
      result.captures[0]!.path = 'input.pcap'
      sound(result)
      if (++runs % 16 === 0) reports(result)
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
    } finally {
      rmSync(path, { force: true })
    }
  },
  mutate(input, other, chance) {
    if (chance.below(6) === 0) return mutate(input, other, chance)
    return pcap(
      chance.below(12) === 0 ? chance.pick(LINK_TYPES) : linkTypeOf(input),
      rearranged(frames(input), frames(other), chance),
    )
  },
}

const LINK_TYPES = [0, 1, 12, 101, 105, 113, 127, 228, 229, 276]

/** Whole packets changed, dropped, doubled, swapped and brought in from elsewhere: most get as far as the decoders. */
function rearranged(list: Frame[], others: readonly Frame[], chance: Random): Frame[] {
  const now = [...list]
  for (let n = 1 + chance.below(4); n > 0; n--) {
    if (now.length === 0) break
    const at = chance.below(now.length)
    const frame = now[at]!
    const how = chance.below(8)
    if (how < 3) {
      const bytes = mutate(frame.bytes, others.length > 0 ? chance.pick(others).bytes : frame.bytes, chance)
      now[at] = { ...frame, bytes, wireLength: Math.max(frame.wireLength, bytes.length) }
    } else if (how === 3) now.splice(at, 1)
    else if (how === 4) now.splice(chance.below(now.length), 0, frame)
    else if (how === 5 && others.length > 0) now.splice(at, 0, ...others.slice(0, 1 + chance.below(12)))
    else if (how === 6)
      now[at] = { ...frame, time: chance.below(2) === 0 ? chance.below(2 ** 31) * 1e6 : frame.time + chance.below(1e6) * 1e4 }
    else now[at] = { ...frame, bytes: frame.bytes.slice(0, chance.below(frame.bytes.length + 1)) }
  }
  return now.slice(0, 200)
}

/** What must be true of every audit, whatever was captured. */
export function sound(result: Audit): void {
  hold(validate(result), `against the schema: ${JSON.stringify(validate.errors?.[0])}`)
  presentable(result)
  const packets = result.captures.map((c) => c.packets)
  for (const device of result.devices) {
    const settled = new Map(device.findings.map((f) => [f.id, f]))
    hold(settled.size === device.findings.length, `${device.id}: two findings with one id`)
    for (const f of device.findings) {
      if (f.outcome === 'pass' || f.outcome === 'fail' || f.outcome === 'warn')
        hold(
          framesOf(f.evidence).some((e) => e.frames.length > 0),
          `${f.id} is ${f.outcome} without evidence`,
        )
      hold(f.outcome !== 'error', `${f.id}: ${f.reason}`)
      for (const e of framesOf(f.evidence))
        for (const frame of e.frames)
          hold(
            packets[e.capture] !== undefined &&
              (frame <= packets[e.capture]! || result.captures[e.capture]!.format.startsWith('pcapng')),
            `${f.id} rests on frame ${frame}`,
          )
    }
    const controls = new Set(device.verdicts.map((v) => v.control))
    hold(controls.size === result.frameworks[0]!.controls, `${device.id}: ${controls.size} controls judged`)
    for (const v of device.verdicts) {
      if (v.outcome === 'pass')
        hold(
          v.findings.length > 0 && v.findings.every((id) => settled.has(id)),
          `${device.id}: control ${v.control} passes on nothing`,
        )
      if (v.outcome === 'inconclusive') hold((v.next ?? '') !== '', `${device.id}: control ${v.control} names no next step`)
    }
  }
}

function reports(result: Audit): void {
  hold(
    isDeepStrictEqual(JSON.parse(renderJson(result)), JSON.parse(JSON.stringify(result))),
    'the JSON report tells something else',
  )
  for (const text of [renderTerminal(result, { colour: false, width: 80, verbose: true }), renderHtml(result)]) printable(text)
}
