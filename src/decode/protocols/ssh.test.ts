import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
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

  it('reads version 1, and a banner without software', async () => {
    expect(await decodeTurns([['server', 'SSH-1.5-1.2.27\n']], 22, ssh)).toMatchObject([
      { version: '1.5', software: '1.2.27', comment: '', fromClient: false },
    ])
    expect(await decodeTurns([['server', 'SSH-2.0-\r\n']], 22, ssh)).toMatchObject([{ version: '2.0', software: '' }])
  })
})
