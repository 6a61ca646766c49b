import { createServer, type Server, type Socket } from 'node:net'

/** Small servers on loopback, for what no daemon does: each on a port that was free. */
const servers = new Set<Server>()
const sockets = new Set<Socket>()

/** @returns its port */
export function listen(serve: (socket: Socket) => void): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => undefined)
      serve(socket)
    })
    servers.add(server)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

/** Answers the first words that come. */
export function answer(text: string | Buffer): Promise<number> {
  return listen((socket) => socket.once('data', () => socket.end(text)))
}

export function hangUp(): void {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
  sockets.clear()
  servers.clear()
}
