import { generateKeyPairSync } from 'node:crypto'
import ssh2, { type AuthContext, type Server } from 'ssh2'
import { afterEach, describe, expect, it } from 'vitest'
import { askDevice } from '../../testing/asking.ts'
import { lockout } from './lockout.ts'
import { logins } from './logins.ts'

/** What dropbear does not do: let in without anything, ask at a prompt, and count. */
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
})

const channels: string[] = []

function serving(asks: (context: AuthContext) => void, accepts: () => boolean = () => true): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [privateKey], ident: 'device-sshd_1.0' }, (client) => {
    client.on('error', () => undefined)
    if (!accepts()) return client.end()
    client.on('authentication', asks)
    client.on('session', () => channels.push('session'))
    return undefined
  })
  servers.push(server)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
}

const prompting = (password: string) => (context: AuthContext) => {
  if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
  return context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
    if (context.username === 'admin' && answers[0] === password) context.accept()
    else context.reject(['keyboard-interactive'])
  })
}

const login = async (port: number) => {
  const asked = await askDevice(logins, [{ port, protocol: 'ssh' }])
  expect(asked.troubles).toEqual([])
  expect(channels).toEqual([])
  return asked.of('probe.login')[0]
}

describe('SSH', () => {
  it('sees that nothing is asked for', async () => {
    expect(await login(await serving((context) => context.accept()))).toMatchObject({ scheme: 'none', open: { gives: 'shell' } })
  })

  it('has not refused what it did not answer', { timeout: 20_000 }, async () => {
    const port = await serving((context) => void (context.method === 'password' || context.reject(['password'])))
    const asked = await askDevice(logins, [{ port, protocol: 'ssh' }])
    expect(asked.of('probe.login')).toMatchObject([{ scheme: 'password', tried: 1, refused: 0, stopped: 'cut off' }])
  })

  it('is let in at a prompt by a published pair, and refused by the twin', async () => {
    expect(await login(await serving(prompting('admin')))).toMatchObject({
      scheme: 'password',
      tried: 2,
      refused: 1,
      accepted: { user: 'a…(5)', secret: 'a…(5)' },
    })
    const twin = await login(await serving(prompting('n8-Kq!zw')))
    expect(twin).toMatchObject({ tried: 4, refused: 4 })
    expect(twin).not.toHaveProperty('accepted')
  })

  it('sees that callers are turned away after some bad log-ins', async () => {
    let bad = 0
    const counting = (context: AuthContext) => {
      if (context.method === 'password') bad++
      context.reject(['password'])
    }
    const port = await serving(counting, () => bad < 6)
    const asked = await askDevice(lockout, [{ port, protocol: 'ssh' }], { full: true })
    expect(asked.of('probe.lockout')).toMatchObject([{ outcome: 'cut-off', attempts: 7 }])
  })
})
