import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { coapColumns } from '../../testing/columns/coap.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { coap, type CoapMessage } from './coap.ts'

const FILES = ['ndpi/pcap/coap_mqtt.pcap', 'mutated/coap.pcap'] as const
/** Away from its port each datagram by itself is told only when it is a request; the answers that follow are told by the flow (below). */
const FILTER = 'udp && coap && (udp.port == 5683 || (coap.code >= 1 && coap.code <= 7))'
const usable = tsharkAvailable() && corpus('ndpi') !== undefined

describe('CoAP fields agree with tshark', () => {
  // port 17500 is Dropbox's to tshark; these bytes are CoAP's (PUT with Uri-Path), so it is told
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(path, FILTER, coapColumns, await decodeDatagrams(path, coap), [
      '-d',
      'udp.port==17500,coap',
    ])
    expect(differences).toEqual([])
    expect(frames).toBeGreaterThan(0)
  })
})

describe('CoAP by hand', () => {
  const read = (hexDigits: string, port = 5683): CoapMessage | undefined => {
    let found: CoapMessage | undefined
    const datagram = datagramOf(bytesOf(hexDigits), 40000, port)
    if (coap.recognise(datagram)) coap.decode(datagram, (message) => (found = message))
    return found
  }
  // RFC 7252 appendix A, figures 16 and 17
  it('GET /temperature and its piggybacked answer', () => {
    expect(read('40 01 7d34 bb 74656d7065726174757265')).toMatchObject({
      type: 'confirmable',
      code: '0.01',
      path: '/temperature',
      payloadLength: 0,
    })
    expect(read('60 45 7d34 ff 32322e332043')).toMatchObject({
      type: 'acknowledgement',
      code: '2.05',
      messageId: 0x7d34,
      payloadLength: 6,
    })
  })
  it('away from its port only what is plainly a request', () => {
    expect(read('40 01 7d34 bb 74656d7065726174757265', 9999)).toMatchObject({ path: '/temperature' })
    expect(read('60 45 7d34 ff 32322e332043', 9999)).toBeUndefined()
    expect(read('40 01 7d34 bc 74656d7065726174757265', 9999)).toBeUndefined()
    expect(read('40 01 7d34', 9999)).toBeUndefined()
  })
  it('away from its port an answer, once the flow had a request', () => {
    const memory = {}
    coap.decode(datagramOf(bytesOf('40 01 7d34 bb 74656d7065726174757265'), 40000, 9999, memory), () => {})
    expect(coap.recognise(datagramOf(bytesOf('60 45 7d34 ff 32322e332043'), 9999, 40000, memory))).toBe(true)
  })
  it('refuses a token of more than eight bytes, reserved codes and empty messages with something in them (RFC 7252 section 3)', () => {
    expect(read(`49 01 7d34 ${'00'.repeat(9)}`)).toBeUndefined()
    expect(read('40 20 7d34')).toBeUndefined()
    expect(read('40 00 7d34 bb')).toBeUndefined()
    expect(read('80 01 7d34')).toBeUndefined()
  })
  it('takes the first of an option that may be there once, and one of a length that it may have (RFC 7252 section 5.4)', () => {
    expect(read('40 01 7d34 31 61 01 62 91 32 01 3c')).toMatchObject({ host: 'a', contentFormat: 50 })
    expect(read('40 01 7d34 30 94 00000032')).not.toHaveProperty('contentFormat')
    expect(read('40 01 7d34 30 94 00000032')).not.toHaveProperty('host')
  })
  it('keeps the keys of a query and not its values', () =>
    expect(read('40 02 0001 b1 61 4a 70773d68756e74657232')?.queryKeys).toEqual(['pw']))

  describe('CoIoT', () => {
    // 0.30, /cit/s, options 3332 (device), 3412 (validity), 3420 (serial)
    const STATUS = bytesOf(
      '501e 0007 b3 636974 01 73 ed 0bec 03 534853572d3235234238423045432331 d2 43 0096 82 0042 ff 7b2247223a5b5d7d',
    )
    const read = (bytes: Uint8Array, port = 5683) => {
      const found: CoapMessage[] = []
      const datagram = datagramOf(bytes, 40000, port)
      if (coap.recognise(datagram)) coap.decode(datagram, (message) => found.push(message))
      return found
    }

    it('tells which Shelly it is, by a code that no standard knows', () => {
      expect(read(STATUS)).toMatchObject([{ code: '0.30', path: '/cit/s', shelly: 'SHSW-25', payloadLength: 8 }])
      expect(read(STATUS, 40001)).toEqual([])
      const other = STATUS.slice()
      other[other.indexOf(0x23)] = 0x2a
      expect(read(other)).toEqual([])
    })

    it.skipIf(!tsharkAvailable())('its options are where tshark finds them', () => {
      const path = dialogueCapture([['client', STATUS]], 5683, 'udp')
      expect(tsharkFields(path, ['coap.code', 'coap.opt.uri_path', 'coap.opt.unknown'], 'coap').get(1)).toEqual([
        ['30'],
        ['cit', 's'],
        ['534853572d3235234238423045432331', '0096', '0042'],
      ])
    })

    it('is a signal of what it is', async () => {
      const shelly = (await observed(dialogueCapture([['client', STATUS]], 5683, 'udp')))('192.168.7.2')
      expect(shelly.identity.signals.map((one) => `${one.kind} ${one.value}`)).toContain('shelly.model SHSW-25')
    })
  })
})
