import { createCipheriv } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { conversations } from '../../testing/conversations.ts'
import { corpus } from '../../testing/corpus.ts'
import { eachDatagram } from '../../testing/datagrams.ts'
import { classify, MAX_SAMPLE } from './bytes.ts'

const of = (bytes: Uint8Array) => classify(bytes, 0, bytes.length)
const text = (words: string) => new TextEncoder().encode(words)

/** Encrypted zeros: random to look at, and the same in every run. */
const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2))
const randomBytes = (size: number) => stream.update(Buffer.alloc(size))

describe('classify', () => {
  it('knows text, structured binary and random bytes', () => {
    expect(of(text('hello'))).toBe('text')
    expect(of(text('{"température": 21.5, "état": "ouvert"}\r\n'))).toBe('text')
    expect(of(text(Buffer.from(randomBytes(300)).toString('base64')))).toBe('text')
    const table = new Uint8Array(400)
    for (let i = 0; i < 100; i++) new DataView(table.buffer).setUint32(i * 4, i * 37)
    expect(of(table)).toBe('low-entropy')
  })

  it('holds random bytes of any size for random, or for too few to say', () => {
    const classes: Record<string, number> = {}
    for (let i = 0; i < 3000; i++) {
      const one = of(randomBytes(1 + (i % 700)))
      classes[one] = (classes[one] ?? 0) + 1
    }
    expect(classes['text'] ?? 0).toBe(0)
    // chance lets a window look structured about once in a thousand; small samples have one window only
    expect(classes['low-entropy'] ?? 0).toBeLessThan(15)
    expect(classes['high-entropy']).toBeGreaterThan(2700)
  })

  it('holds compressed bytes for random: bytes alone cannot tell', () => {
    const words = Array.from({ length: 3000 }, (_, i) => (i * 7919).toString(36)).join(' ')
    expect(of(deflateSync(words))).toBe('high-entropy')
  })

  it('says nothing of a few binary bytes, and reads no further than its bound', () => {
    expect(of(randomBytes(40).fill(0, 0, 1))).toBe('')
    expect(of(new Uint8Array(0))).toBe('')
    const mixed = new Uint8Array(MAX_SAMPLE * 2).fill(65)
    mixed.fill(0, MAX_SAMPLE)
    expect(of(mixed)).toBe('text')
  })

  it('is not deceived by a structured header before encrypted bytes', () => {
    const message = new Uint8Array(400)
    message.set(randomBytes(360), 40)
    expect(of(message)).toBe('high-entropy')
  })

  it.skipIf(corpus('ja4') === undefined || corpus('wireshark') === undefined)(
    'measures right on captures of known encryption',
    async () => {
      // WireGuard's handshakes (their keys), QUIC's packets, and what SSH sends after its new keys
      const encrypted: string[] = []
      for (const name of [
        'wireshark/wireguard-ping-tcp.pcap',
        'wireshark/wireguard-psk.pcap',
        'wireshark/quic_follow_multistream.pcapng',
        'ndpi/pcap/quic-29.pcap',
        'ndpi/pcap/quic-v2.pcapng',
      ]) {
        await eachDatagram(corpus(name)!, ({ bytes, start, end }) => {
          if (end - start >= 120) encrypted.push(classify(bytes, start, end))
        })
      }
      expect(encrypted.length).toBeGreaterThan(40)
      expect(encrypted.filter((one) => one === 'high-entropy').length / encrypted.length).toBeGreaterThan(0.95)
      expect(encrypted).not.toContain('text')
    },
  )

  it.skipIf(corpus('zeek/snmp') === undefined)('measures right on captures of known clear binary and text', async () => {
    const clear: string[] = []
    for (const name of [
      'wireshark/dhcp.pcap',
      'wireshark/ntp.pcap',
      'ndpi/pcap/NTPv4.pcap',
      'wireshark/nfs.pcap',
      'zeek/snmp/snmpv1_get.pcap',
      'zeek/snmp/snmpv1_trap.pcap',
    ]) {
      const path = corpus(name)
      if (path === undefined) continue
      await eachDatagram(path, ({ bytes, start, end }) => {
        if (end - start >= 48) clear.push(classify(bytes, start, end))
      })
    }
    expect(clear.length).toBeGreaterThan(20)
    expect(clear.filter((one) => one === 'high-entropy').length / clear.length).toBeLessThan(0.03)
    const talk: string[] = []
    for (const name of ['wireshark/http.pcap', 'ndpi/pcap/rtsp.pcap', 'wireshark/sip.pcapng']) {
      const path = corpus(name)
      if (path !== undefined)
        for (const { client } of await conversations(path))
          if (client.length > 20) talk.push(classify(client.bytes, 0, client.length))
    }
    expect(talk.length).toBeGreaterThan(4)
    expect(new Set(talk)).toEqual(new Set(['text']))
  })
})
