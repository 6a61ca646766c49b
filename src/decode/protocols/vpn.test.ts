import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { decodeDatagrams, datagramOf, bytesOf, prefix } from '../../testing/datagrams.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import type { DatagramDecoder, MessageBase } from '../message.ts'
import type { FlowMemory } from '../stream.ts'
import { ike } from './ike.ts'
import { openvpnDatagram, openvpnStream } from './openvpn.ts'
import { wireguard } from './wireguard.ts'

const fill = (n: number, byte = '5a') => byte.repeat(n)
const SESSION = '0102030405060708'
const is = (decoder: DatagramDecoder, hex: string, port = 40000, memory: FlowMemory = {}) =>
  decoder.recognise(datagramOf(bytesOf(hex), 50000, port, memory))
const said = <M extends MessageBase>(decoder: DatagramDecoder<M>, hex: string, port = 40000): M[] => {
  const messages: M[] = []
  decoder.decode(datagramOf(bytesOf(hex), 50000, port), (m) => messages.push(m))
  return messages
}

describe('WireGuard', () => {
  const initiation = `01000000 ${fill(144)}`

  it('by the exact size of its handshake, on any port', () => {
    expect(is(wireguard, initiation)).toBe(true)
    expect(is(wireguard, `02000000 ${fill(88)}`)).toBe(true)
    expect(said(wireguard, initiation)).toMatchObject([{ type: 'initiation', fromClient: true, frame: 1 }])
    expect(is(wireguard, `01000000 ${fill(143)}`)).toBe(false)
    expect(is(wireguard, `01000001 ${fill(144)}`)).toBe(false)
    expect(is(wireguard, `02000000 ${fill(144)}`)).toBe(false)
    expect(is(wireguard, `05000000 ${fill(144)}`)).toBe(false)
    // small numbers in words of four bytes, as programs send them
    expect(is(wireguard, `01000000 ${fill(36, '07000000')}`)).toBe(false)
    expect(is(wireguard, `02000000 ${fill(22, '07000000')}`)).toBe(false)
  })

  it('data only where it is known, or at its port', () => {
    const data = `04000000 ${fill(44)}`
    expect(is(wireguard, data)).toBe(false)
    expect(is(wireguard, data, 51820)).toBe(true)
    expect(is(wireguard, data, 40000, { wireguard: true })).toBe(true)
    expect(is(wireguard, `04000000 ${fill(45)}`, 51820)).toBe(false)
    expect(said(wireguard, data)).toEqual([])
  })
})

describe('OpenVPN', () => {
  const client = `38 ${SESSION} 00 00000000`
  const server = `40 ${fill(8)} 01 00000000 ${SESSION} 00000000`

  it('by the resets of both sides, plain, with HMAC, and encrypted', () => {
    expect(said(openvpnDatagram, client)).toMatchObject([{ reset: 'client' }])
    expect(said(openvpnDatagram, server)).toMatchObject([{ reset: 'server' }])
    for (const size of [16, 20, 32, 64])
      expect(said(openvpnDatagram, `38 ${SESSION} ${fill(size)} 00000001 5f000000 00 00000000`), String(size)).toHaveLength(1)
    expect(said(openvpnDatagram, `38 ${SESSION} 00000001 5f000000 ${fill(32)} ${fill(5)}`)).toHaveLength(1)
    expect(said(openvpnDatagram, `50 ${SESSION} 00000001 5f000000 ${fill(32)} ${fill(5)} ${fill(290)}`)).toHaveLength(1)
  })

  it('not by what only resembles them', () => {
    expect(is(openvpnDatagram, `38 ${SESSION} 00 00000001`)).toBe(false)
    expect(is(openvpnDatagram, `38 ${SESSION} 01 00000000`)).toBe(false)
    expect(is(openvpnDatagram, `39 ${SESSION} 00 00000000`)).toBe(false)
    expect(is(openvpnDatagram, `38 0000000100000002 00 00000000`)).toBe(false)
    expect(is(openvpnDatagram, `40 ${fill(8)} 02 00000000 ${SESSION} 00000000`)).toBe(false)
    expect(is(openvpnDatagram, `38 ${SESSION} 00000002 5f000000 ${fill(32)} ${fill(5)}`)).toBe(false)
    expect(is(openvpnDatagram, `48 ${fill(60)}`)).toBe(false)
    expect(is(openvpnDatagram, `48 ${fill(60)}`, 1194, { openvpn: true })).toBe(true)
  })

  it('over TCP, with lengths before it', () => {
    const conversation = (a: string, b: string) => ({
      client: prefix(bytesOf(a), 4),
      server: prefix(bytesOf(b), 5),
      clientPort: 50000,
      serverPort: 1194,
    })
    const talk = conversation(`000e ${client}`, `001a ${server}`)
    expect(openvpnStream.recognise(talk)).toBe(true)
    const messages: MessageBase[] = []
    openvpnStream.decode(talk, (m) => messages.push(m))
    expect(messages).toMatchObject([
      { reset: 'client', frame: 4, fromClient: true },
      { reset: 'server', frame: 5, fromClient: false },
    ])
    expect(openvpnStream.recognise(conversation(`000f ${client} 00`, ''))).toBe(false)
    expect(openvpnStream.recognise(conversation(`000e ${client}`, '48545450'))).toBe(false)
  })
})

describe('IKE', () => {
  const header = (exchange: string, length: string, responder = fill(8, '00')) =>
    `${SESSION} ${responder} 21 20 ${exchange} 08 00000000 ${length}`

  it("by a header whose length is the datagram's, marked where ESP shares the port", () => {
    expect(said(ike, `${header('22', '00000020')} 00000004`, 500)).toMatchObject([{ version: 2, exchange: 34 }])
    expect(said(ike, `00000000 ${header('23', '0000001c', fill(8))}`, 4500)).toMatchObject([{ exchange: 35 }])
    expect(said(ike, `${SESSION} ${fill(8, '00')} 01 10 02 00 00000000 0000001c`)).toMatchObject([{ version: 1, exchange: 2 }])
    expect(is(ike, header('22', '0000001d'))).toBe(false)
    expect(is(ike, header('26', '0000001c'))).toBe(false)
    expect(is(ike, header('22', '0000001c').replace(SESSION, fill(8, '00')))).toBe(false)
    expect(is(ike, fill(60), 4500)).toBe(false)
    expect(is(ike, fill(60), 4500, { ike: true })).toBe(true)
  })
})

const CAPTURES = [
  'wireshark/wireguard-psk.pcap',
  'wireshark/wireguard-ping-tcp.pcap',
  'wireshark/ikev2-decrypt-aes256cbc.pcapng',
  'wireshark/ikev1-certs.pcap',
  'tcpdump/isakmp4500.pcap',
]

describe.skipIf(corpus('wireshark') === undefined || !tsharkAvailable())(
  'as tshark sees them (needs the public captures and tshark)',
  () => {
    it.each(CAPTURES)('%s', async (name) => {
      const path = corpus(name)!
      const ours = [
        ...(await decodeDatagrams(path, wireguard)).map((m) => `${m.frame} ${m.type === 'initiation' ? 1 : 2}`),
        ...(await decodeDatagrams(path, ike)).map((m) => `${m.frame} ${m.exchange}`),
      ]
      const theirs = tsharkFields(path, ['wg.type', 'isakmp.exchangetype'], 'wg.type in {1,2} || isakmp.exchangetype')
      const rows = [...theirs].map(([frame, [wg, exchange]]) => `${frame} ${Number(wg![0] ?? exchange![0])}`)
      expect(rows.length).toBeGreaterThan(0)
      expect(ours.toSorted()).toEqual(rows.toSorted())
    })
  },
)
