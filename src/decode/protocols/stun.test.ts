import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { stunColumns } from '../../testing/columns/stun.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { stun, type StunMessage } from './stun.ts'

const FILES = ['ndpi/pcap/stun.pcap', 'ndpi/pcap/stun_dtls_rtp.pcapng', 'ndpi/pcap/stun_zoom.pcapng'] as const
const usable = tsharkAvailable() && corpus('ndpi') !== undefined

describe('STUN fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(
      path,
      'stun && udp && stun.cookie == 21:12:a4:42',
      stunColumns,
      await decodeDatagrams(path, stun),
    )
    expect(differences).toEqual([])
    expect(frames).toBeGreaterThan(0)
  })
})

describe('RFC 5769 test vectors', () => {
  const read = (hexDigits: string): StunMessage | undefined => {
    let found: StunMessage | undefined
    const datagram = datagramOf(bytesOf(hexDigits), 40000, 50000)
    if (stun.recognise(datagram)) stun.decode(datagram, (message) => (found = message))
    return found
  }

  it('2.1 request', () => {
    expect(
      read(`00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74 00240004 6e0001ff 80290008 932ff9b1 51263b36
        00060009 6576746a 3a683676 59202020 00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf`),
    ).toMatchObject({ class: 'request', method: 1, software: 'STUN test client', hasUsername: true, hasIntegrity: true })
  })
  it('2.2 IPv4 response', () => {
    expect(
      read(`0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
        00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`),
    ).toMatchObject({ class: 'success', method: 1, software: 'test vector', mapped: '192.0.2.1' })
  })
  it('2.3 IPv6 response', () => {
    expect(
      read(`01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
        00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`),
    ).toMatchObject({ class: 'success', mapped: '2001:db8:1234:5678:11:2233:4455:6677' })
  })
})

describe('the classic form (RFC 3489), which has no cookie', () => {
  const TRANSACTION = '0102030405060708090a0b0c0d0e0f10'
  const classic = (hexDigits: string, port = 40000) => datagramOf(bytesOf(hexDigits), 50000, port)
  const read = (hexDigits: string) => {
    const found: StunMessage[] = []
    const datagram = classic(hexDigits)
    if (stun.recognise(datagram)) stun.decode(datagram, (message) => found.push(message))
    return found
  }

  it('is read: a request that asks for another address and port, and an answer', () => {
    expect(read(`00010008 ${TRANSACTION} 00030004 00000006`)).toMatchObject([{ class: 'request', method: 1, attributes: [3] }])
    // MAPPED-ADDRESS, SOURCE-ADDRESS, CHANGED-ADDRESS
    expect(
      read(`01010024 ${TRANSACTION} 00010008 0001c000 c0000201 00040008 00010d96 c6336401 00050008 00010d97 c6336402`),
    ).toMatchObject([{ class: 'success', method: 1, mapped: '192.0.2.1', attributes: [1, 4, 5] }])
  })

  it('is strict: any attribute that is not as it must be, or does not fit, makes it something else', () => {
    expect(stun.recognise(classic(`00010008 ${TRANSACTION} 00030004 00000006`))).toBe(true)
    for (const other of [
      `00020008 ${TRANSACTION} 00030004 00000006`, // a shared secret is asked for over TLS only (section 9.2)
      `00010008 ${TRANSACTION} 00030008 00000006`,
      `00010008 ${TRANSACTION} 00030002 00000006`,
      `00010008 ${TRANSACTION} 00130004 00000006`,
      `0001000c ${TRANSACTION} 00030004 00000006`,
      `00010004 ${TRANSACTION} 00030004 00000006`,
      `0001000a ${TRANSACTION} 00030004 00000006 0000`,
    ])
      expect(stun.recognise(classic(other)), other).toBe(false)
  })

  it('without attributes is one on the port of STUN only', () => {
    expect(stun.recognise(classic(`00010000 ${TRANSACTION}`, 3478))).toBe(true)
    expect(stun.recognise(classic(`00010000 ${TRANSACTION}`))).toBe(false)
    expect(stun.recognise(classic(`01010000 ${TRANSACTION}`, 3478))).toBe(false)
  })
})
