import { describe, expect, it } from 'vitest'
import { decodeTurns } from '../../testing/decoded.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { esphome } from './esphome.ts'

/** Protocol buffers: a text, a number. */
const t = (field: number, value: string) => `${String.fromCharCode((field << 3) | 2, value.length)}${value}`
const n = (field: number, value: number) => String.fromCharCode(field << 3, value)
/** 0, length, type, message. */
const frame = (type: number, ...fields: string[]) => {
  const body = fields.join('')
  const size =
    body.length < 128 ? String.fromCharCode(body.length) : String.fromCharCode((body.length & 127) | 128, body.length >> 7)
  return `\0${size}${String.fromCharCode(type)}${body}`
}

const HELLO = frame(1, t(1, 'aioesphomeapi'), n(2, 1), n(3, 10))
const HELLO_ANSWER = frame(2, n(1, 1), n(2, 10), t(3, 'kitchen (esphome v2023.5.0)'), t(4, 'kitchen'))
const INFO = frame(
  10,
  n(1, 1),
  t(2, 'kitchen'),
  t(3, 'AC:BC:32:89:0E:A9'),
  t(4, '2023.5.0'),
  t(5, 'May 18 2023, 10:00:00'),
  t(6, 'nodemcu'),
  t(8, 'acme.plug'),
  t(9, '1.2'),
  t(12, 'Espressif'),
  t(13, 'Kitchen plug'),
)
const PLAIN: Turn[] = [
  ['client', HELLO],
  ['server', HELLO_ANSWER],
  ['client', frame(3, t(1, 'sesame123'))],
  ['server', frame(4)],
  ['client', frame(9)],
  ['server', INFO],
  ['client', frame(33, '\x0d\0\0\0\x01', n(2, 1)) + frame(33, '\x0d\0\0\0\x01')],
]
const NOISE: Turn[] = [
  ['client', `\x01\0\0\x01\0\x31\0${'k'.repeat(48)}`],
  ['server', `\x01\0\x16\x01kitchen\0acbc32890ea9\0`],
  ['server', `\x01\0\x31\0${'s'.repeat(48)}`],
]

describe('esphome', () => {
  it('reads what both ends say in clear', async () => {
    const messages = await decodeTurns(PLAIN, 6053, esphome)
    expect(messages.map(({ type }) => type)).toEqual(['hello', 'password', 'command', 'hello', 'info'])
    expect(messages[0]).toMatchObject({ client: 'aioesphomeapi', fromClient: true, frame: 4 })
    expect(messages[1]).toMatchObject({ password: 'sesame123', refused: false })
    expect(messages[3]).toMatchObject({ api: '1.10', version: '2023.5.0', name: 'kitchen' })
    expect(messages[4]).toMatchObject({
      usesPassword: true,
      version: '2023.5.0',
      mac: 'AC:BC:32:89:0E:A9',
      model: 'nodemcu',
      project: 'acme.plug',
      projectVersion: '1.2',
      friendlyName: 'Kitchen plug',
      frame: 9,
    })
  })

  it('tells an encrypted conversation from a clear one', async () => {
    expect(await decodeTurns(NOISE, 6053, esphome)).toEqual([
      { protocol: 'esphome', type: 'noise', frame: 4, fromClient: true },
      { protocol: 'esphome', type: 'noise', frame: 5, fromClient: false, agreed: true, name: 'kitchen', mac: 'acbc32890ea9' },
    ])
  })

  it('refuses what only begins like it', async () => {
    for (const said of [
      '\0\x05\x01hello',
      '\0\x04\x02\x0a\x02ab',
      // client info beyond its message, control characters, a field that is not the version
      '\0\x04\x01\x0a\x09abcdefghi',
      '\0\x04\x01\x0a\x02\x01\x02',
      '\0\x06\x01\x0a\x02ab\x22\x01',
      '\x01\0\0\x01\0\x30\0aaaa',
      '\x01\0\0',
    ])
      expect(await decodeTurns([['client', said]], 6053, esphome)).toEqual([])
  })

  it('clear: controllable by who listens, its password is a credential in clear', async () => {
    const at = await observed(dialogueCapture(PLAIN, 6053))
    const node = at('192.168.7.1')
    expect(node.of('lan').map(({ data }) => data)).toMatchObject([
      { protocol: 'esphome', role: 'server', protection: 'clear', detail: { version: '2023.5.0', password: 'required' } },
    ])
    expect(node.of('credential').map(({ data }) => data)).toMatchObject([
      { scheme: 'API password', secret: 's…(9)', accepted: 'yes', role: 'server' },
    ])
    expect(node.of('software').map(({ data }) => data)).toEqual([
      { product: 'ESPHome', version: '2023.5.0', via: 'esphome' },
      { product: 'acme.plug', version: '1.2', via: 'esphome' },
    ])
    expect(node.services).toMatchObject([{ port: 6053, protocol: 'esphome', protection: 'clear' }])
    expect(node.identity.signals.map((one) => `${one.kind} ${one.value}`)).toEqual(
      expect.arrayContaining(['esphome.project acme.plug', 'esphome.board nodemcu', 'lan.name Kitchen plug']),
    )
    expect(JSON.stringify(node.of('credential'))).not.toContain('sesame')
  })

  it.each([PLAIN, NOISE])('a hello that nobody answers shows nothing of how it is controlled', async (hello) => {
    const at = await observed(dialogueCapture([hello], 6053))
    expect(
      at('192.168.7.2')
        .of('lan')
        .map(({ data }) => [data.role, data.protection]),
    ).toEqual([['client', 'unknown']])
    expect(at('192.168.7.1').of('lan')).toEqual([])
  })

  it('encrypted: under its own key', async () => {
    const node = (await observed(dialogueCapture(NOISE, 6053)))('192.168.7.1')
    expect(node.of('lan').map(({ data }) => data)).toMatchObject([{ protection: 'encrypted', detail: { name: 'kitchen' } }])
    expect(node.services).toMatchObject([{ protocol: 'esphome', protection: 'encrypted' }])
  })
})
