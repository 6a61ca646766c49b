import { describe, expect, it } from 'vitest'
import { corpus } from '../../testing/corpus.ts'
import { decodeStreams, decodeTurns, ofType } from '../../testing/decoded.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { tsharkAvailable, tsharkFields } from '../../testing/tshark.ts'
import { rtsp } from './rtsp.ts'

const request = (method: string, url: string, ...headers: string[]) =>
  [`${method} ${url} RTSP/1.0`, ...headers, '', ''].join('\r\n')
const answer = (status: string, ...headers: string[]) => [`RTSP/1.0 ${status}`, ...headers, '', ''].join('\r\n')

describe('rtsp', () => {
  for (const name of ['ndpi/pcap/rtsp.pcap', 'ndpi/pcap/rtsp_setup_http.pcapng']) {
    it.skipIf(corpus(name) === undefined || !tsharkAvailable())(`agrees with tshark on ${name}`, async () => {
      const path = corpus(name)!
      const messages = await decodeStreams(path, rtsp)
      // a segment sent again is a message again to tshark's eyes, and one message to the receiver's
      const rows = tsharkFields(path, ['rtsp.method', 'rtsp.url', 'rtsp.status'], 'rtsp && !tcp.analysis.retransmission', [
        '-o',
        'tcp.reassemble_out_of_order:TRUE',
      ])
      const requests = [...rows.values()]
        .filter(([method]) => method!.length > 0)
        .map(([method, url]) => `${method![0]} ${url![0]}`)
      expect(
        ofType(messages, 'request')
          .map((one) => `${one.method} ${one.url}`)
          .toSorted(),
      ).toEqual(requests.toSorted())
      const statuses = [...rows.values()].flatMap(([, , status]) => status!)
      expect(
        ofType(messages, 'response')
          .map((one) => String(one.status))
          .toSorted(),
      ).toEqual(statuses.toSorted())
    })
  }

  it('matches answers to requests by CSeq, and steps over bodies and interleaved media', async () => {
    const messages = await decodeTurns(
      [
        ['client', request('DESCRIBE', 'rtsp://192.168.7.1/live', 'CSeq: 1', 'User-Agent: app/1')],
        [
          'server',
          answer(
            '401 Unauthorized',
            'CSeq: 1',
            'Server: Hipcam RealServer/V1.0',
            'WWW-Authenticate: Digest realm="x", nonce="y"',
            'WWW-Authenticate: Basic realm="x"',
          ),
        ],
        ['client', request('DESCRIBE', 'rtsp://192.168.7.1/live', 'CSeq: 2', `Authorization: Basic ${btoa('admin:ad:min')}`)],
        [
          'server',
          `${answer('200 OK', 'CSeq: 2', 'Content-Length: 21')}RTSP/1.0 404 no\r\n\r\n\r\n$\0\0\x04RTSP${answer('200 OK', 'CSeq: 3')}`,
        ],
        [
          'client',
          request('PLAY', 'rtsp://192.168.7.1/live', 'CSeq: 3', 'Authorization: Digest username="admin", response="00"'),
        ],
      ],
      9554,
      rtsp,
    )
    expect(
      ofType(messages, 'request').map(({ method, status, authorization, user, password, agent }) => [
        method,
        status,
        authorization,
        user,
        password,
        agent,
      ]),
    ).toEqual([
      ['DESCRIBE', 401, undefined, undefined, undefined, 'app/1'],
      ['DESCRIBE', 200, 'Basic', 'admin', 'ad:min', undefined],
      ['PLAY', 200, 'Digest', 'admin', undefined, undefined],
    ])
    expect(ofType(messages, 'response').map(({ status, method, server, demands }) => [status, method, server, demands])).toEqual([
      [401, 'DESCRIBE', 'Hipcam RealServer/V1.0', ['Digest', 'Basic']],
      [200, 'DESCRIBE', undefined, []],
      [200, 'PLAY', undefined, []],
    ])
  })

  it('takes credentials out of URLs', async () => {
    const read = async (url: string) => {
      const [one] = ofType(await decodeTurns([['client', request('DESCRIBE', url, 'CSeq: 1')]], 554, rtsp), 'request')
      return [one!.url, one!.authorization, one!.user, one!.password]
    }
    expect(await read('rtsp://admin:p@ss@10.0.0.9/h264')).toEqual(['rtsp://10.0.0.9/h264', 'url', 'admin', 'p@ss'])
    expect(await read('rtsp://10.0.0.9:554/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp')).toEqual([
      'rtsp://10.0.0.9:554/user=…_password=…_channel=1_stream=0.sdp',
      'url',
      'admin',
      'tlJwpbo6',
    ])
    expect(await read('rtsp://10.0.0.9/live?channel=1&user=root&pwd=1234')).toEqual([
      'rtsp://10.0.0.9/live?channel=1&user=…&pwd=…',
      'url',
      'root',
      '1234',
    ])
    expect(await read('rtsp://10.0.0.9/live')).toEqual(['rtsp://10.0.0.9/live', undefined, undefined, undefined])
  })

  it('ends no line at a CR alone, and asks for a version', async () => {
    const turns = (said: string): Turn[] => [
      ['client', request('OPTIONS', 'rtsp://192.168.7.1/live', 'CSeq: 1')],
      ['server', said],
    ]
    const statuses = async (said: string) =>
      ofType(await decodeTurns(turns(said), 554, rtsp), 'response').map((one) => one.status)
    expect(await statuses('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\rRTSP/1.0 401 No\r\nCSeq: 2\r\n\r\n')).toEqual([200])
    expect(
      ofType(await decodeTurns(turns('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\nAVP 96\r\n\r\n'), 554, rtsp), 'request'),
    ).toHaveLength(1)
  })

  it('is not SIP or HTTP', async () => {
    expect(await decodeTurns([['client', 'OPTIONS sip:a@b SIP/2.0\r\n\r\n']], 554, rtsp)).toEqual([])
    expect(await decodeTurns([['client', 'OPTIONS * HTTP/1.1\r\n\r\n']], 554, rtsp)).toEqual([])
  })
})
