import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { renderSchema } from '../report/json.ts'
import { parseProbed, ProbedFileSchema, writeProbed } from './probed-file.ts'
import type { Probed } from './run.ts'

const probed: Probed = {
  targets: [{ ip: '192.168.1.7', mac: '02:00:00:00:00:07', name: 'camera' }],
  sites: [],
  began: 1_796_000_000_000_000,
  ended: 1_796_000_005_000_000,
  stopped: false,
  facts: [
    {
      of: '192.168.1.7',
      kind: 'probe.service',
      key: 'tcp/80',
      data: { transport: 'tcp', port: 80, protocol: 'http' },
      at: 1_796_000_001_000_000,
      shown: [{ probe: 0, entry: 1 }],
    },
  ],
  transcript: [
    {
      n: 1,
      at: '2026-11-30T21:00:00.000000Z',
      transport: 'tcp',
      ip: '192.168.1.7',
      port: 80,
      why: 'asks',
      ms: 3,
      ended: 'answered',
      sent: 1,
      received: 2,
      said: [{ by: 'them', ms: 1, bytes: 2, text: 'hi' }],
    },
  ],
}

describe('what was asked, as a file', () => {
  it('is read as it was written, with pointers to its new place', () => {
    const read = parseProbed(writeProbed(probed), 3)
    expect(read).toEqual({ ...probed, facts: [{ ...probed.facts[0]!, shown: [{ probe: 3, entry: 1 }] }] })
  })

  it('follows its published schema', () => {
    const published = readFileSync(new URL('../../docs/schema/probe-1.json', import.meta.url), 'utf8')
    expect(published, 'else: assay schema probe > docs/schema/probe-1.json').toBe(renderSchema(ProbedFileSchema))
    const valid = new Ajv2020({ strict: false }).compile(JSON.parse(published) as object)
    expect(valid(JSON.parse(writeProbed(probed))), JSON.stringify(valid.errors)).toBe(true)
    expect(valid({ ...(JSON.parse(writeProbed(probed)) as object), stopped: 'no' })).toBe(false)
  })

  it.each([
    ['{', /not JSON/],
    ['{"schema":"assay-audit-2"}', /^at /],
    [writeProbed(probed).replace('probe.service', 'credential'), /\/facts\/0\/kind: "credential" is no kind of answer/],
    [writeProbed(probed).replace('"entries":[1]', '"entries":[2]'), /\/facts\/0\/entries: the transcript has no such entry/],
    [writeProbed(probed).replace('{"n":1,', '{"n":2,'), /\/transcript\/0\/n/],
    [writeProbed(probed).replace('"began": "2026', '"began": "x'), /\/began: it is no time/],
  ])('says what is wrong with what is none (%#)', (text, why) => {
    expect(() => parseProbed(text, 0)).toThrow(why)
  })

  it('takes no control characters from it', () => {
    const steering = writeProbed(probed)
      .replace('"text":"hi"', '"text":"\\u001b[2Jhi"')
      .replace('"protocol":"http"', '"protocol":"\\u202ehttp"')
    const { transcript, facts } = parseProbed(steering, 0)
    expect(transcript[0]!.said[0]!.text).toBe('\uFFFD[2Jhi')
    expect(facts[0]!.data).toMatchObject({ protocol: '\uFFFDhttp' })
  })
})
