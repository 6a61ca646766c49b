/** `rtsp-play URL`: watches a stream for two seconds, without any log-in. */
import { connect } from 'node:net'

const url = new URL(process.argv[2]!)
const uri = url.href
const steps = [
  `OPTIONS ${uri} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: LensView/3.1\r\n\r\n`,
  `DESCRIBE ${uri} RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: LensView/3.1\r\nAccept: application/sdp\r\n\r\n`,
  `SETUP ${uri}/track1 RTSP/1.0\r\nCSeq: 3\r\nUser-Agent: LensView/3.1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`,
  `PLAY ${uri} RTSP/1.0\r\nCSeq: 4\r\nUser-Agent: LensView/3.1\r\nSession: 4711\r\n\r\n`,
]
const socket = connect(554, url.hostname, () => socket.write(steps.shift()!))
socket.on('data', (chunk) => {
  if (!chunk.toString('latin1').startsWith('RTSP/')) return
  const next = steps.shift()
  if (next) socket.write(next)
  else setTimeout(() => socket.end(`TEARDOWN ${uri} RTSP/1.0\r\nCSeq: 5\r\nSession: 4711\r\n\r\n`), 2000)
})
socket.on('error', () => {})
