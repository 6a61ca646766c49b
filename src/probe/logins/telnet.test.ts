import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { askDevice } from '../../testing/asking.ts'
import { freePort, missing, start, stopAll } from '../../testing/daemons.ts'
import { lockout } from './lockout.ts'
import { logins } from './logins.ts'

const program = (name: string) => fileURLToPath(new URL(`../../../lab/programs/${name}`, import.meta.url))
afterAll(stopAll)

/** inetutils-telnetd, which asks `login.sh` for a name and a password, or starts a shell at once. */
async function telnetd(login: string): Promise<number> {
  const port = await freePort()
  await start([process.execPath, program('inetd.ts'), String(port), 'telnetd', '--no-hostinfo', `--exec-login=${login}`], port)
  return port
}

const lacks = missing('telnetd')
describe.skipIf(lacks !== '')(`log-ins by Telnet, at inetutils-telnetd${lacks}`, () => {
  it('is let in by a published pair, and leaves', async () => {
    const asked = await askDevice(logins, [{ port: await telnetd(`${program('login.sh')} root xc3511`), protocol: 'telnet' }])
    expect(asked.of('probe.login')).toMatchObject([
      { scheme: 'prompt', tried: 4, refused: 3, accepted: { user: 'r…(4)', secret: 'x…(6)', of: 'Mirai source code' } },
    ])
    expect(asked.troubles).toEqual([])
    const all = JSON.stringify(asked)
    expect(all).not.toContain('xc3511')
    // all that is said once in
    const letIn = asked.transcript.find(({ why }) => why.includes('x…(6)'))!
    const said = letIn.said.filter(({ by }) => by === 'us').map(({ text }) => text)
    expect(said.slice(-3)).toEqual(['r…(4)\\r\\n', 'x…(6)\\r\\n', 'exit\\r\\n'])
  })

  it('is refused by the twin that has another password', async () => {
    const asked = await askDevice(logins, [{ port: await telnetd(`${program('login.sh')} root kR7-zw2q`), protocol: 'telnet' }])
    expect(asked.of('probe.login')).toMatchObject([{ scheme: 'prompt', tried: 4, refused: 4 }])
    expect(asked.of('probe.login')[0]).not.toHaveProperty('accepted')
    expect(asked.troubles).toEqual([])
  })

  it('sees a shell that asks for nothing', async () => {
    const asked = await askDevice(logins, [{ port: await telnetd('/bin/sh'), protocol: 'telnet' }])
    expect(asked.of('probe.login')).toMatchObject([{ scheme: 'none', tried: 0, open: { gives: 'shell' } }])
  })

  it('sees that ten bad log-ins change nothing', async () => {
    const port = await telnetd(`${program('login.sh')} root kR7-zw2q`)
    const asked = await askDevice(lockout, [{ port, protocol: 'telnet' }], { full: true })
    expect(asked.of('probe.lockout')).toMatchObject([{ attempts: 10, outcome: 'unchanged' }])
    expect((await askDevice(lockout, [{ port, protocol: 'telnet' }])).facts).toEqual([])
  })
})

/** A device that asks for a password alone, as switches and controllers do; in lines, without options. */
function panel(password: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write('\r\nWelcome to the controller\r\nPassword:')
    socket.on('data', (said) =>
      socket.write(said.toString().trim() === password ? '\r\ncontroller> ' : '\r\nBad password\r\nPassword:'),
    )
  })
  afterAll(() => void server.close())
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
}

describe('a password without a name', () => {
  it('is told from its twin', async () => {
    const asked = await askDevice(logins, [{ port: await panel('admin'), protocol: 'telnet' }])
    expect(asked.of('probe.login')).toMatchObject([{ scheme: 'password', accepted: { user: '(empty)', secret: 'a…(5)' } }])
    // no name was given, and none is claimed
    expect(asked.transcript.find(({ why }) => why.includes('a…(5)'))?.why).toBe(
      'asks whether password a…(5) (Mirai source code) may log in by Telnet',
    )
    const twin = await askDevice(logins, [{ port: await panel('n8-Kqzw'), protocol: 'telnet' }])
    expect(twin.of('probe.login')).toMatchObject([{ scheme: 'password', tried: 4, refused: 4 }])
  })
})
