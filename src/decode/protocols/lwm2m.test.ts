import { describe, expect, it } from 'vitest'
import { bytesOf, datagramOf } from '../../testing/datagrams.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { coap, type CoapMessage } from './coap.ts'

const hex = (value: string) => Buffer.from(value, 'latin1').toString('hex')
/** An option (RFC 7252 section 3.1), its number told by the difference to the one before. */
const option = (delta: number, value: string) =>
  value.length < 13
    ? `${delta.toString(16)}${value.length.toString(16)}${hex(value)}`
    : `${delta.toString(16)}d${(value.length - 13).toString(16).padStart(2, '0')}${hex(value)}`

// OMA LwM2M 1.1 Core section 6.2.1
const LINKS = '</1/0>,</3/0>,</5/0>'
const REGISTER = bytesOf(
  `44 02 0001 01020304 ${option(11, 'rd')} 11 28 ${option(3, 'ep=urn:imei:490154203237518')} ${option(0, 'lt=86400')} ${option(0, 'lwm2m=1.1')} ${option(0, 'b=U')} ff ${hex(LINKS)}`,
)
const REBOOT = bytesOf(`44 02 0002 05060708 ${option(11, '3')} ${option(0, '0')} ${option(0, '4')}`)
const IMAGE = bytesOf(`44 03 0003 05060709 ${option(11, '5')} ${option(0, '0')} ${option(0, '0')} ff 27051956`)

const read = (bytes: Uint8Array, memory = {}): CoapMessage => {
  let found: CoapMessage | undefined
  coap.decode(datagramOf(bytes, 40000, 5683, memory), (message) => (found = message))
  return found!
}

describe('LwM2M', () => {
  it('reads a registration', () =>
    expect(read(REGISTER).registration).toEqual({
      kind: 'registration',
      endpoint: 'urn:imei:490154203237518',
      version: '1.1',
      lifetime: '86400',
      binding: 'U',
      objects: [1, 3, 5],
    }))
  it('is not every registration at a directory of resources (RFC 9176), nor every path of numbers', () => {
    const other = bytesOf(`44 02 0001 01020304 ${option(11, 'rd')} ${option(4, 'ep=node1')} ff ${hex('</temp>')}`)
    expect(read(other).registration).toBeUndefined()
    expect(read(REBOOT).managed).toBeUndefined()
  })
  it('tells what the manager does, and hides who the device is', async () => {
    const turns: Turn[] = [
      ['client', REGISTER],
      ['server', REBOOT],
      ['server', IMAGE],
    ]
    const at = await observed(dialogueCapture(turns, 5683, 'udp'))
    const device = at('192.168.7.2')
    const told = device
      .of('protocol')
      .map((one) => one.data)
      .filter((one) => one.protocol === 'lwm2m')
    expect(told).toMatchObject([
      { role: 'client', detail: { endpoint: 'u…(24)', version: '1.1', lifetime: '86400', objects: '1, 3, 5' } },
    ])
    expect(device.of('control').map((one) => one.data)).toMatchObject([
      { role: 'server', protocol: 'lwm2m', deed: 'stop', operation: 'Execute /3/0/4', authentication: 'none' },
      { role: 'server', deed: 'program', operation: 'Write /5/0/0' },
    ])
    expect(device.of('firmware').map((one) => one.data)).toMatchObject([
      { url: 'coap://192.168.7.1/5/0/0', protection: 'clear', what: 'image' },
    ])
    const all = JSON.stringify([told, device.of('personal'), device.identity])
    expect(all).not.toContain('490154203237518')
  })
  it.skipIf(!tsharkAvailable())('agrees with tshark on the queries', () => {
    const path = dialogueCapture([['client', REGISTER]], 5683, 'udp')
    const [row] = [...tsharkFields(path, ['coap.opt.uri_query'], 'coap').values()]
    const { endpoint, lifetime, version, binding } = read(REGISTER).registration!
    expect(row).toEqual([[`ep=${endpoint}`, `lt=${lifetime}`, `lwm2m=${version}`, `b=${binding}`]])
  })
})
