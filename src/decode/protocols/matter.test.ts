import { describe, expect, it } from 'vitest'
import { bytesOf, datagramOf } from '../../testing/datagrams.ts'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import { matter, type MatterMessage } from './matter.ts'

/*
 * By hand from the Core Specification, sections 4.4.1 (message header) and 4.4.3 (protocol header): flags, session, security flags,
 * counter, [source]; exchange flags, opcode, exchange, protocol, [acknowledged counter]; then the TLV structure.
 */
const REQUEST = bytesOf(
  `04 0000 00 11223344 0102030405060708  05 20 3412 0000  15 3001 20 ${'aa'.repeat(32)} 2502 0100 2503 0000 2804 18`,
)
const RESPONSE = bytesOf(`01 0000 00 55667788 0102030405060708  02 21 3412 0000 11223344  15 3001 20 ${'aa'.repeat(32)} 18`)
const SIGMA1 = bytesOf(`04 0000 00 11223344 0102030405060708  05 30 3512 0000  15 3001 20 ${'bb'.repeat(32)} 18`)
const STATUS = bytesOf('01 0000 00 55667789 0102030405060708  02 40 3412 0000 11223345  0000 00000000 0000')
const SECURED = bytesOf(`00 0d5c 00 01000000 ${'c7'.repeat(40)}`)

function read(bytes: Uint8Array, port = 5540): MatterMessage[] {
  const found: MatterMessage[] = []
  const datagram = datagramOf(bytes, 40000, port)
  if (matter.recognise(datagram)) matter.decode(datagram, (message) => found.push(message))
  return found
}

describe('matter', () => {
  it('reads how a session is made', () => {
    expect(read(REQUEST)[0]).toMatchObject({ type: 'step', step: 'PBKDFParamRequest', handshake: 'PASE' })
    expect(read(RESPONSE)[0]).toMatchObject({ step: 'PBKDFParamResponse', handshake: 'PASE' })
    expect(read(SIGMA1)[0]).toMatchObject({ step: 'Sigma1', handshake: 'CASE' })
    expect(read(STATUS)[0]).toMatchObject({ step: 'StatusReport', succeeded: true })
    expect(read(SECURED)[0]).toEqual({ protocol: 'matter', type: 'secured', frame: 1, fromClient: true })
  })

  it('away from its port knows only what begins a session', () => {
    expect(read(REQUEST, 50000)).toHaveLength(1)
    expect(read(SIGMA1, 50000)).toHaveLength(1)
    expect(read(STATUS, 50000)).toEqual([])
    expect(read(SECURED, 50000)).toEqual([])
  })

  it('wants every reserved bit to be zero, and the payload to be a structure', () => {
    const at = (offset: number, value: number) => {
      const bad = REQUEST.slice()
      bad[offset] = value
      return bad
    }
    // version 1, reserved bit, DSIZ 3, a session's number, session type 2, vendor flag, unknown opcode, protocol 1, no structure
    for (const bad of [
      at(0, 0x14),
      at(0, 0x0c),
      at(0, 7),
      at(1, 1),
      at(3, 2),
      at(16, 0x15),
      at(17, 0x50),
      at(20, 1),
      at(22, 0x16),
    ])
      expect(read(bad)).toEqual([])
    expect(read(REQUEST.slice(0, 20))).toEqual([])
    expect(read(SECURED.slice(0, 20))).toEqual([])
  })

  it('is protected, and a commissioning shows', async () => {
    const node = (
      await observed(
        dialogueCapture(
          [
            ['client', REQUEST],
            ['server', RESPONSE],
            ['server', STATUS],
            ['client', SECURED],
          ],
          5540,
          'udp',
        ),
      )
    )('192.168.7.1')
    expect(node.services).toMatchObject([{ protocol: 'matter', protection: 'encrypted', port: 5540 }])
    expect(node.of('protocol').map(({ data }) => data)).toMatchObject([
      {
        protocol: 'matter',
        role: 'server',
        detail: { PASE: 'PASE', commissioning: 'by pass code', session: 'established', secured: 'yes' },
      },
    ])
    expect(node.identity.signals.map((one) => `${one.kind} ${one.value}`)).toContain('matter.node answers')
  })
})
