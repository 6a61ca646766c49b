import { describe, expect, it } from 'vitest'
import { type Column, compare } from '../../testing/agree.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { nbdgm, type NbdgmMessage } from './nbdgm.ts'

// tshark explains suffixes, and writes control characters as <01>
const plain = (names: readonly string[]) => names.map((name) => name.replace(/ \(.*\)$/, '').replace(/<0[12]>(?=.)/g, '\uFFFD'))
const columns: Column<NbdgmMessage>[] = [
  {
    field: 'nbdgm.type',
    ours: (ms) => ms.map((m) => `${{ unique: 0x10, group: 0x11, broadcast: 0x12 }[m.kind]}`),
    theirs: (values) => values.map((value) => `${Number(value)}`),
  },
  { field: 'nbdgm.src.ip', ours: (ms) => ms.map((m) => m.sourceIp) },
  { field: 'nbdgm.source_name', ours: (ms) => ms.map((m) => m.source), theirs: plain },
  { field: 'nbdgm.destination_name', ours: (ms) => ms.map((m) => m.destination), theirs: plain },
]

const FILES = ['zeek/tunnels/Teredo.pcap', 'ja4/pcap/latest.pcapng'] as const
const usable = tsharkAvailable() && corpus('zeek') !== undefined

describe('NetBIOS datagrams agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(path, 'nbdgm', columns, await decodeDatagrams(path, nbdgm))
    expect(differences).toEqual([])
    expect(frames).toBeGreaterThan(0)
  })
})

describe('NetBIOS datagrams by hand', () => {
  // RFC 1001 section 14.1's way of writing: FRED as a file server's, and NET as a group that elects
  const letters = (text: string) => Array.from(text, (c) => c.charCodeAt(0).toString(16)).join('')
  const FRED = `20 ${letters('EGFCEFEECACACACACACACACACACACACA')} 00`
  const NET = `20 ${letters('EOEFFECACACACACACACACACACACACABO')} 00`
  const HEADER = '11 02 0001 c0a80107 008a 0048 0000'
  const on = (hexDigits: string, port = 138) => datagramOf(bytesOf(hexDigits), port, port)
  const read = (hexDigits: string) => {
    const found: NbdgmMessage[] = []
    nbdgm.decode(on(hexDigits), (message) => found.push(message))
    return found
  }

  it('reads who says something to whom', () => {
    expect(nbdgm.recognise(on(`${HEADER} ${FRED} ${NET} ffff`))).toBe(true)
    expect(read(`${HEADER} ${FRED} ${NET} ffff`)).toEqual([
      {
        protocol: 'nbdgm',
        frame: 1,
        fromClient: true,
        kind: 'group',
        sourceIp: '192.168.1.7',
        source: 'FRED<20>',
        destination: 'NET<1e>',
      },
    ])
  })

  it('is strict, and reads no names where there are none', () => {
    expect(nbdgm.recognise(on(`${HEADER} ${FRED} ${NET}`, 139))).toBe(false)
    expect(nbdgm.recognise(on(`13${HEADER.slice(2)} ${FRED} ${NET}`))).toBe(false) // an error has no names
    expect(nbdgm.recognise(on(`11 12${HEADER.slice(5)} ${FRED} ${NET}`))).toBe(false)
    expect(nbdgm.recognise(on(`${HEADER} ${FRED}`))).toBe(false)
    expect(read(`${HEADER.slice(0, -4)}0010 ${FRED} ${NET}`)).toEqual([]) // a later fragment
    expect(read(`${HEADER} ${FRED} 20 4142`)).toEqual([])
    expect(read(`${HEADER} 20 ${letters('Q'.repeat(32))} 00 ${NET}`)).toEqual([])
    expect(read('11')).toEqual([])
  })
})
