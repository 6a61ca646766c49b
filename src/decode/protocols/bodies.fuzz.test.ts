import { describe, expect, it } from 'vitest'
import { seeded } from '../../testing/seeded.ts'
import { decodePairing } from './hap.ts'
import { fieldOf, objectOf } from './json.ts'
import { decodeOnvif } from './onvif.ts'

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const SOAP = bytes(
  '<s:Envelope xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header><w:UsernameToken><w:Username>admin</w:Username><w:Password>tuOSpGlFlIXsozq4HFNeeGeFLEI=</w:Password><w:Nonce>AAAA</w:Nonce><u:Created>2026</u:Created></w:UsernameToken></s:Header><s:Body><tds:GetDeviceInformationResponse><tds:Model>x</tds:Model><tds:FirmwareVersion>1</tds:FirmwareVersion></tds:GetDeviceInformationResponse></s:Body></s:Envelope>',
)
const TLV = bytes('\x06\x01\x04\x03\x20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x07\x01\x02')

function mutate(original: Uint8Array, next: (below: number) => number): Uint8Array {
  let out = original.slice()
  for (let n = 1 + next(4); n > 0; n--) {
    const at = next(out.length)
    const how = next(4)
    if (how === 0) out[at] = next(256)
    else if (how === 1) out[at] = [0, 0x3c, 0x3e, 0x2f, 0x26, 0xff][next(6)]!
    else if (how === 2) out = new Uint8Array([...out.subarray(0, at + 1), ...out.subarray(next(out.length))])
    else out = out.slice(0, at + 1)
  }
  return out
}

/** Texts are bounded, and nothing in them rewrites a terminal. */
function check(said: unknown): void {
  JSON.parse(JSON.stringify(said ?? null), (_, value: unknown) => {
    // oxlint-disable-next-line no-control-regex
    if (typeof value === 'string' && (value.length > 256 || /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/.test(value)))
      throw new Error(`long or unprintable: ${JSON.stringify(value)}`)
    return value
  })
}

describe('bodies of the home’s protocols on HTTP, mutated', () => {
  it('ONVIF', () => {
    expect(decodeOnvif(SOAP)).toMatchObject({
      operation: 'GetDeviceInformationResponse',
      token: true,
      user: 'admin',
      digest: { nonce: 'AAAA', created: '2026' },
      device: { model: 'x', firmware: '1' },
    })
    const next = seeded(5)
    let read = 0
    for (let n = 0; n < 20_000; n++) {
      const call = decodeOnvif(mutate(SOAP, next))
      check(call)
      if (call !== undefined) read++
    }
    expect(read).toBeGreaterThan(1000)
  })

  it('HomeKit’s pairing', () => {
    expect(decodePairing(TLV)).toEqual({ state: 4, error: 2 })
    const next = seeded(6)
    for (let n = 0; n < 20_000; n++) {
      const { state = 0, error = 0 } = decodePairing(mutate(TLV, next))
      expect(state >= 0 && state < 256 && error >= 0 && error < 256).toBe(true)
    }
  })

  it('JSON: only what the object itself says', () => {
    expect(fieldOf(objectOf('{"a":"b","n":1.5,"t":"","o":{}}'), 'a')).toBe('b')
    expect(fieldOf(objectOf('{"n":1.5}'), 'n')).toBe('1.5')
    for (const name of ['t', 'o', 'toString', '__proto__', 'constructor'])
      expect(fieldOf(objectOf('{"t":"","o":{}}'), name)).toBeUndefined()
    expect(fieldOf(objectOf(`{"a":"\\u001b[31m${'x'.repeat(500)}"}`), 'a')).toMatch(/^\uFFFD\[31mx{123}$/)
    for (const none of ['', '[1]', 'null', '{"a":', '7']) expect(objectOf(none)).toEqual({})
  })
})
