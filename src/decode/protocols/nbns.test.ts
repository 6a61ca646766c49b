import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { nbnsColumns } from '../../testing/columns/nbns.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { nbns, type NbnsMessage } from './nbns.ts'

const FILES = [
  'wireshark/logistics_multicast.pcapng',
  'malware/id2t/sality_botnet.pcap',
  'ja4/pcap/ssh2.pcapng',
  'ja4/pcap/latest.pcapng',
] as const
const usable = tsharkAvailable() && corpus('wireshark') !== undefined

describe('NBNS fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(path, 'nbns', nbnsColumns, await decodeDatagrams(path, nbns))
    expect(differences).toEqual([])
    expect(frames).toBeGreaterThan(0)
  })
})

describe('NBNS by hand', () => {
  // RFC 1001 section 14.1: FRED, padded with spaces
  const encoded = Array.from('EGFCEFEECACACACACACACACACACACACA', (c) => c.charCodeAt(0).toString(16)).join('')

  const read = (hexDigits: string): NbnsMessage | undefined => {
    let found: NbnsMessage | undefined
    nbns.decode(datagramOf(bytesOf(hexDigits), 137, 137), (message) => (found = message))
    return found
  }

  it('decodes the name of RFC 1001 section 14.1', () => {
    expect(read(`0001 0110 0001 0000 0000 0000 20 ${encoded} 00 0020 0001`)?.questions[0]?.name).toBe('FRED<20>')
  })
  it('reads a node status answer: names, groups and the hardware address', () => {
    const entry = (name: string, suffix: string, flags: string) =>
      Array.from(name.padEnd(15), (c) => c.charCodeAt(0).toString(16)).join('') + suffix + flags
    const body = `02 ${entry('NAS', '00', '0400')} ${entry('HOME', '00', '8400')} 001132aabbcc`
    expect(read(`0001 8400 0000 0001 0000 0000 20 ${encoded} 00 0021 0001 00000000 002b ${body}`)?.answers[0]?.netbios).toEqual({
      group: false,
      addresses: [],
      names: [
        { name: 'NAS', suffix: 0, group: false },
        { name: 'HOME', suffix: 0, group: true },
      ],
      mac: '00:11:32:aa:bb:cc',
    })
  })
  it('refuses what is not an encoded name', () =>
    expect(read('0001 0110 0001 0000 0000 0000 03 777777 00 0020 0001')).toBeUndefined())
})
