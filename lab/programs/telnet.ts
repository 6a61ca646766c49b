/**
 * `telnet HOST [USER PASSWORD]… [-- COMMAND…]`: logs in over Telnet with each pair in turn (a new connection after every third, as the
 * server hangs up), until one is accepted; then gives the commands. Refuses every Telnet option (RFC 854).
 */
import { connect, type Socket } from 'node:net'

const [host, ...rest] = process.argv.slice(2)
const split = rest.indexOf('--')
const words = split < 0 ? rest : rest.slice(0, split)
const commands = [...(split < 0 ? [] : rest.slice(split + 1)), 'exit']
const pairs: [string, string][] = []
for (let i = 0; i + 1 < words.length; i += 2) pairs.push([words[i]!, words[i + 1]!])

function attempt(): void {
  if (!pairs.length) return
  const socket: Socket = connect(23, host)
  let text = ''
  let at: [string, string] | undefined
  socket.setTimeout(5000, () => socket.destroy())
  socket.on('data', (chunk) => {
    text += plain(socket, chunk)
    if (text.endsWith('login: ')) {
      text = ''
      at = pairs.shift()
      if (at) socket.write(`${at[0]}\r\n`)
      else socket.end()
    } else if (text.endsWith('Password: ')) {
      text = ''
      socket.write(`${at![1]}\r\n`)
    } else if (text.endsWith('# ')) {
      text = ''
      pairs.length = 0
      const command = commands.shift()
      if (command) socket.write(`${command}\r\n`)
      else socket.end()
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => attempt())
}

/** Text without Telnet commands; answers WILL with DONT and DO with WONT. */
function plain(socket: Socket, chunk: Buffer): string {
  let out = ''
  for (let i = 0; i < chunk.length; i++) {
    if (chunk[i] !== 255) out += String.fromCharCode(chunk[i]!)
    else if (chunk[i + 1] === 251 || chunk[i + 1] === 253) {
      socket.write(Uint8Array.of(255, chunk[i + 1] === 251 ? 254 : 252, chunk[i + 2] ?? 0))
      i += 2
    } else if (chunk[i + 1] === 252 || chunk[i + 1] === 254) i += 2
    else if (chunk[i + 1] === 250) {
      while (i < chunk.length && !(chunk[i] === 255 && chunk[i + 1] === 240)) i++
      i++
    } else i++
  }
  return out
}

attempt()
