import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { ssh } from './ssh.ts'

const CAPTURES = [
  'malware/id2t/hydra-1_tasks.pcap',
  'ja4/pcap/ssh.pcapng',
  'ja4/pcap/ssh2.pcapng',
  'ja4/pcap/ssh-r.pcap',
  'ja4/pcap/ssh-scp-1050.pcap',
  'ja4/pcap/ssh2-malformed.pcap',
  'ja4/pcap/ssh2-moloch-crash.pcap',
  'ja4/pcap/sshv1.pcap',
  'tcpdump/ssh.pcap',
]

describe('ssh', () => {
  for (const name of CAPTURES) {
    it.skipIf(corpus(name) === undefined || !tsharkAvailable())(`agrees with tshark on ${name}`, async () => {
      const messages = await decodeStreams(corpus(name)!, ssh)
      const fields = [
        'ssh.protocol',
        'ssh.kex_algorithms',
        'ssh.server_host_key_algorithms',
        'ssh.encryption_algorithms_server_to_client',
        'ssh.mac_algorithms_server_to_client',
      ]
      const rows = tsharkFields(corpus(name)!, fields, 'ssh')
      const banners = [...rows].flatMap(([frame, [protocol]]) => protocol!.map((one) => `${frame} ${one}`))
      expect(banners.length).toBeGreaterThan(0)
      const ours = ofType(messages, 'banner').map(
        (one) => `${one.frame} SSH-${one.version}-${one.software}${one.comment === '' ? '' : ` ${one.comment}`}`,
      )
      expect(ours.toSorted()).toEqual(banners.toSorted())
      // ours stands in the frame of the message's first byte, tshark's in that of its last: so without frames
      const offers = [...rows.values()]
        .filter((row) => row[1]!.length > 0)
        .map((row) =>
          row
            .slice(1)
            .map((names) => names[0] ?? '')
            .join(' '),
        )
      const read = ofType(messages, 'key-exchange').map((one) =>
        [one.keyExchange, one.hostKey, one.ciphers, one.macs].map((names) => names.join(',')).join(' '),
      )
      expect(read.toSorted()).toEqual(offers.toSorted())
    })
  }

  it.skipIf(corpus(CAPTURES[0]!) === undefined)('counts what was refused, by sizes alone', async () => {
    const attempts = ofType(await decodeStreams(corpus(CAPTURES[0]!)!, ssh), 'attempts')
    expect(attempts.length).toBeGreaterThan(50)
    // six passwords, and the question which methods there are; but for the conversation of who looked first
    const guessed = attempts.filter(({ refused }) => refused === 7)
    expect(guessed.length).toBeGreaterThan(0.9 * attempts.length)
    expect(guessed.every(({ inVain }) => inVain)).toBe(true)
  })

  for (const name of ['tcpdump/ssh.pcap', 'ja4/pcap/ssh.pcapng', 'ja4/pcap/ssh2.pcapng', 'ja4/pcap/ssh-scp-1050.pcap'])
    it.skipIf(corpus(name) === undefined)(`does not take who was let in for refused: ${name}`, async () => {
      const attempts = ofType(await decodeStreams(corpus(name)!, ssh), 'attempts')
      expect(attempts.filter(({ inVain, refused }) => inVain && refused > 0)).toEqual([])
    })

  it('reads attempts made by hand: refused, let in, and what it cannot tell', async () => {
    const plain = (type: number) => {
      const packet = Buffer.alloc(16)
      packet.writeUInt32BE(12, 0)
      packet[4] = 10
      packet[5] = type
      return packet.toString('latin1')
    }
    const start: Turn[] = [
      ['server', 'SSH-2.0-dropbear\r\n'],
      ['client', 'SSH-2.0-Go\r\n'],
      ['client', plain(30)],
      ['server', plain(31) + plain(21)],
      ['client', plain(21)],
    ]
    const sizes = (...turns: number[]) => turns.map((size, i): Turn => [i % 2 === 0 ? 'client' : 'server', 'x'.repeat(size)])
    const attempts = async (...turns: number[]) =>
      ofType(await decodeTurns([...start, ...sizes(...turns)], 22, ssh), 'attempts').map(({ refused, inVain }) => [
        refused,
        inVain,
      ])
    expect(await attempts(52, 52, 84, 68, 84, 68)).toEqual([[2, true]])
    // "yes" is shorter than any "no"
    expect(await attempts(52, 52, 84, 68, 84, 36, 100, 52)).toEqual([[1, false]])
    // keys are longer than passwords
    expect(await attempts(52, 52, 200, 68, 500, 68)).toEqual([[0, true]])
    expect(await attempts(52, 52)).toEqual([])
    expect(await attempts()).toEqual([])
  })

  it('reads version 1, and a banner without software', async () => {
    expect(await decodeTurns([['server', 'SSH-1.5-1.2.27\n']], 22, ssh)).toMatchObject([
      { version: '1.5', software: '1.2.27', comment: '', fromClient: false },
    ])
    expect(await decodeTurns([['server', 'SSH-2.0-\r\n']], 22, ssh)).toMatchObject([{ version: '2.0', software: '' }])
  })
})
