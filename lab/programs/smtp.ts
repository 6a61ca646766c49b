/** `smtp PEM|- ADDRESS`: a mail server on port 25 that takes no mail: greets, offers STARTTLS with the certificate (RFC 3207; not with `-`), says goodbye. */
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

const pem = process.argv[2] === '-' ? undefined : readFileSync(process.argv[2]!)

function serve(socket: Socket | TLSSocket, secure: boolean): void {
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const verb = text.slice(0, end).trim().slice(0, 8).toUpperCase()
      text = text.slice(end + 1)
      if (verb.startsWith('EHLO')) socket.write(pem && !secure ? '250-mx\r\n250 STARTTLS\r\n' : '250-mx\r\n250 SIZE 1000000\r\n')
      else if (verb === 'STARTTLS' && pem && !secure) {
        socket.write('220 go ahead\r\n')
        socket.removeAllListeners('data')
        serve(new TLSSocket(socket, { isServer: true, key: pem, cert: pem }), true)
      } else if (verb === 'QUIT') socket.end('221 bye\r\n')
      else socket.write('502 not here\r\n')
    }
    if (text.length > 4096) socket.destroy()
  })
}

createServer((socket) => {
  socket.write('220 mx ESMTP\r\n')
  serve(socket, false)
}).listen(25, process.argv[3])
