/** `rtsp`: an RTSP server (RFC 2326) on port 554 that shows its stream to whoever asks; RTP interleaved in the connection. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'

createServer((socket) => {
  let text = ''
  let sending: NodeJS.Timeout | undefined
  socket.on('error', () => {})
  socket.on('close', () => clearInterval(sending))
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end)
      text = text.slice(end + 4)
      const method = head.slice(0, head.indexOf(' '))
      const uri = head.split(' ')[1]
      const reply = (headers: string[], body = ''): void => {
        const sequence = head.split('\r\n').find((line) => line.toLowerCase().startsWith('cseq:')) ?? 'CSeq: 0'
        socket.write([`RTSP/1.0 200 OK`, sequence, 'Server: LC200 Rtsp Server/2.1', ...headers, '', body].join('\r\n'))
      }
      if (method === 'OPTIONS') reply(['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN'])
      else if (method === 'DESCRIBE') {
        const sdp = [
          'v=0',
          'o=- 1 1 IN IP4 0.0.0.0',
          's=LC200',
          't=0 0',
          'm=video 0 RTP/AVP 96',
          'a=rtpmap:96 H264/90000',
          'a=control:track1',
          '',
        ].join('\r\n')
        reply([`Content-Base: ${uri}/`, 'Content-Type: application/sdp', `Content-Length: ${sdp.length}`], sdp)
      } else if (method === 'SETUP') reply(['Transport: RTP/AVP/TCP;unicast;interleaved=0-1', 'Session: 4711'])
      else if (method === 'PLAY') {
        reply(['Session: 4711'])
        let n = 0
        sending = setInterval(() => socket.write(frame(n++)), 200)
      } else {
        clearInterval(sending)
        reply(['Session: 4711'])
      }
    }
  })
}).listen(554, '0.0.0.0')

/** One RTP packet (RFC 3550) behind its interleaving header (RFC 2326, section 10.12). */
function frame(n: number): Buffer {
  const rtp = Buffer.concat([Buffer.alloc(12), randomBytes(400)])
  rtp[0] = 0x80
  rtp[1] = 96
  rtp.writeUInt16BE(n, 2)
  rtp.writeUInt32BE(n * 18000, 4)
  const head = Buffer.from([0x24, 0, 0, 0])
  head.writeUInt16BE(rtp.length, 2)
  return Buffer.concat([head, rtp])
}
