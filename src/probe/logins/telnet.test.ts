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
