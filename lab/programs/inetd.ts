/** `inetd PORT COMMAND…`: hands each TCP connection to a fresh process as its standard input and output, as inetd does. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

const [port, command, ...args] = process.argv.slice(2)
createServer({ pauseOnConnect: true }, (socket) => {
  spawn(command!, args, { stdio: [socket, socket, 'inherit'] }).on('exit', () => socket.destroy())
  socket.on('error', () => socket.destroy())
}).listen(Number(port), '0.0.0.0')
