import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { ssh } from './ssh.ts'

const HYDRA = 'malware/id2t/hydra-1_tasks.pcap'

describe('ssh', () => {
  it.skipIf(corpus(HYDRA) === undefined || !tsharkAvailable())(`agrees with tshark on ${HYDRA}`, async () => {
    const messages = await decodeStreams(corpus(HYDRA)!, ssh)
    const fields = ['ssh.protocol', 'ssh.kex_algorithms', 'ssh.server_host_key_algorithms', 'ssh.encryption_algorithms_server_to_client', 'ssh.mac_algorithms_server_to_client']
    const rows = tsharkFields(corpus(HYDRA)!, fields, 'ssh')
    const banners = [...rows].flatMap(([frame, [protocol]]) => protocol!.map((one) => `${frame} ${one}`))
    expect(banners.length).toBeGreaterThan(20)
    const ours = ofType(messages, 'banner').map((one) => `${one.frame} SSH-${one.version}-${one.software}${one.comment === '' ? '' : ` ${one.comment}`}`)
    expect(ours.toSorted()).toEqual(banners.toSorted())
    const offers = [...rows].filter(([, row]) => row[1]!.length > 0)
    for (const one of ofType(messages, 'key-exchange')) {
      const row = offers.find(([frame]) => frame === one.frame)
      expect([one.keyExchange, one.hostKey, one.ciphers, one.macs].map((names) => names.join(','))).toEqual(row![1].slice(1).map((names) => names[0] ?? ''))
    }
    expect(ofType(messages, 'key-exchange')).toHaveLength(offers.length)
  })

  it('reads version 1, and a banner without software', async () => {
    expect(await decodeTurns([['server', 'SSH-1.5-1.2.27\n']], 22, ssh)).toMatchObject([{ version: '1.5', software: '1.2.27', comment: '', fromClient: false }])
    expect(await decodeTurns([['server', 'SSH-2.0-\r\n']], 22, ssh)).toMatchObject([{ version: '2.0', software: '' }])
  })
})
