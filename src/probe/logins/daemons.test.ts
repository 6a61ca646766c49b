import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Kinds } from '../../evidence/kinds.ts'
import { type Asked, askDevice } from '../../testing/asking.ts'
import { makeCertificate } from '../../testing/certificates.ts'
import { file, folder, freePort, missing, start, stopAll, withUsers } from '../../testing/daemons.ts'
import type { OpenPort } from '../probe.ts'
import { lockout } from './lockout.ts'
import { logins } from './logins.ts'

/** Real daemons, each once as it must not be and once as it should, and then gone. */
afterAll(stopAll)

const PUBLISHED = { user: 'a…(5)', secret: 'a…(5)', of: 'Mirai source code' }

async function asked(open: Partial<OpenPort>): Promise<Asked> {
  const heard = await askDevice(logins, [open])
  // whatever was tried, a secret stands nowhere
  for (const { why } of heard.transcript) expect(why).not.toMatch(/password (admin|root|1234)\b/)
  return heard
}

async function login(open: Partial<OpenPort>): Promise<Kinds['probe.login'] | undefined> {
  const heard = await asked(open)
  expect(heard.troubles).toEqual([])
  return heard.of('probe.login')[0]
}

const noDropbear = missing('dropbear', 'dropbearkey', 'openssl', 'unshare', '(root)')
describe.skipIf(noDropbear !== '')(`SSH, at dropbear${noDropbear}`, { concurrent: true }, () => {
  const dropbear = async (password: string, ...options: string[]) => {
    const port = await freePort()
    const at = folder()
    spawnSync('dropbearkey', ['-t', 'ed25519', '-f', join(at, 'key')])
    const command = ['dropbear', '-F', '-E', '-r', join(at, 'key'), '-p', `127.0.0.1:${port}`, '-P', join(at, 'pid'), ...options]
    await start(withUsers({ admin: password, root: 'aV3ry-good1' }, command), port)
    return port
  }

  it('is let in by a published pair', async () => {
    const port = await dropbear('admin')
    expect(await login({ port, protocol: 'ssh' })).toMatchObject({
      scheme: 'password',
      tried: 2,
      refused: 1,
      accepted: PUBLISHED,
    })
  })

  it('is refused by the twin, at which ten bad log-ins change nothing', async () => {
    const port = await dropbear('n8-Kq!zw')
    const one = await login({ port, protocol: 'ssh' })
    expect(one).toMatchObject({ scheme: 'password', tried: 4, refused: 4 })
    expect(one).not.toHaveProperty('accepted')
    const tolerated = await askDevice(lockout, [{ port, protocol: 'ssh' }], { full: true })
    expect(tolerated.of('probe.lockout')).toMatchObject([{ attempts: 10, outcome: 'unchanged' }])
    expect(tolerated.of('probe.lockout')[0]?.firstMs).toBeGreaterThan(0)
  })

  it('sees that keys only are taken', async () => {
    expect(await login({ port: await dropbear('admin', '-s'), protocol: 'ssh' })).toMatchObject({ scheme: 'keys', tried: 0 })
  })
})

const noVsftpd = missing('vsftpd', 'openssl', 'unshare', '(root)')
describe.skipIf(noVsftpd !== '')(`FTP, at vsftpd${noVsftpd}`, { concurrent: true }, () => {
  const secured = (at: string) => {
    const pem = join(at, 'tls.pem')
    const name = ['-subj', '/CN=nas.example', '-days', '2', '-nodes']
    spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', pem, '-out', `${pem}.crt`, ...name])
    return [
      'ssl_enable=YES',
      'force_local_logins_ssl=YES',
      'require_ssl_reuse=NO',
      `rsa_cert_file=${pem}.crt`,
      `rsa_private_key_file=${pem}`,
    ]
  }
  const vsftpd = async (password: string, anonymous: 'YES' | 'NO', tls = false) => {
    const port = await freePort()
    const at = folder()
    const conf = file(
      join(at, 'vsftpd.conf'),
      [
        'listen=YES',
        'listen_address=127.0.0.1',
        `listen_port=${port}`,
        'background=NO',
        'local_enable=YES',
        `anonymous_enable=${anonymous}`,
        'seccomp_sandbox=NO',
        'isolate=NO',
        'isolate_network=NO',
        `secure_chroot_dir=${at}`,
        'anon_root=/usr/share/doc',
        'delay_failed_login=0',
        ...(tls ? secured(at) : []),
        '',
      ].join('\n'),
    )
    await start(withUsers({ admin: password }, ['vsftpd', conf]), port)
    return port
  }

  it('is let in by a published pair', async () => {
    const port = await vsftpd('admin', 'NO')
    expect(await login({ port, protocol: 'ftp' })).toMatchObject({ scheme: 'password', tried: 1, accepted: PUBLISHED })
  })

  it('is refused by the twin', async () => {
    const one = await login({ port: await vsftpd('n8-Kq!zw', 'NO'), protocol: 'ftp' })
    expect(one).toMatchObject({ scheme: 'password', tried: 4, refused: 4 })
    expect(one).not.toHaveProperty('accepted')
  })

  it('goes on in TLS where it takes nobody without, let in and refused', async () => {
    expect(await login({ port: await vsftpd('admin', 'NO', true), protocol: 'ftp' })).toMatchObject({ accepted: PUBLISHED })
    const twin = await login({ port: await vsftpd('n8-Kq!zw', 'NO', true), protocol: 'ftp' })
    expect(twin).toMatchObject({ tried: 4, refused: 4 })
  })

  it('sees that anybody may fetch files', async () => {
    const one = await login({ port: await vsftpd('n8-Kq!zw', 'YES'), protocol: 'ftp' })
    expect(one).toMatchObject({ scheme: 'none', tried: 0, open: { gives: 'read', what: 'files, as anonymous' } })
  })
})

const noMosquitto = missing('mosquitto', 'mosquitto_passwd')
describe.skipIf(noMosquitto !== '')(`MQTT, at mosquitto${noMosquitto}`, { concurrent: true }, () => {
  const mosquitto = async (password: string | undefined, tls = false) => {
    const port = await freePort()
    const at = folder()
    const lines = [`listener ${port} 127.0.0.1`, 'user root', `allow_anonymous ${password === undefined}`]
    if (password !== undefined) {
      const users = join(at, 'users')
      spawnSync('mosquitto_passwd', ['-b', '-c', users, 'admin', password])
      lines.push(`password_file ${users}`)
    }
    if (tls) {
      const { pem, keyPem } = makeCertificate({ dns: ['broker.example'] })
      lines.push(`certfile ${file(join(at, 'cert.pem'), pem)}`, `keyfile ${file(join(at, 'key.pem'), keyPem)}`)
    }
    await start(['mosquitto', '-c', file(join(at, 'mosquitto.conf'), `${lines.join('\n')}\n`)], port)
    return port
  }

  it('is let in by a published pair, in TLS too', async () => {
    expect(await login({ port: await mosquitto('admin'), protocol: 'mqtt' })).toMatchObject({ accepted: PUBLISHED })
    expect(await login({ port: await mosquitto('admin', true), protocol: 'mqtt', tls: true })).toMatchObject({
      accepted: PUBLISHED,
    })
  })

  it('is refused by the twin', async () => {
    const one = await login({ port: await mosquitto('n8-Kq!zw'), protocol: 'mqtt' })
    expect(one).toMatchObject({ scheme: 'password', tried: 4, refused: 4 })
    expect(one).not.toHaveProperty('accepted')
  })

  it('sees a broker of everybody', async () => {
    const one = await login({ port: await mosquitto(undefined), protocol: 'mqtt' })
    expect(one).toMatchObject({ scheme: 'none', open: { gives: 'control' } })
  })
})

const noSnmpd = missing('snmpd')
describe.skipIf(noSnmpd !== '')(`SNMP, at snmpd${noSnmpd}`, { concurrent: true }, () => {
  const snmpd = async (community: string) => {
    const port = await freePort()
    const at = folder()
    const conf = file(join(at, 'snmpd.conf'), `rocommunity ${community} 127.0.0.1\nsysDescr Lab switch 1.0\n`)
    await start(['snmpd', '-f', '-Lo', '-C', '-c', conf, '-I', 'vacm_conf,system_mib', `udp:127.0.0.1:${port}`], undefined, {
      SNMP_PERSISTENT_DIR: at,
      MIBS: '',
    })
    await new Promise((done) => setTimeout(done, 700))
    return { transport: 'udp', port, protocol: 'snmp' } as const
  }

  it('is read by a default community', async () => {
    expect(await login(await snmpd('public'))).toMatchObject({
      scheme: 'community',
      tried: 1,
      accepted: { user: '(empty)', secret: 'p…(6)', of: 'default SNMP communities' },
    })
  })

  it('is refused by the twin', async () => {
    const one = await login(await snmpd('n8-Kqzw'))
    expect(one).toMatchObject({ scheme: 'community', tried: 2, refused: 2 })
    expect(one).not.toHaveProperty('accepted')
  })

  it('has refused nothing where it fell silent for good', async () => {
    const real = await snmpd('n8-Kqzw')
    // between us and it, what is answered once and never again
    const before = createSocket('udp4').bind(0, '127.0.0.1')
    const behind = createSocket('udp4').bind(0, '127.0.0.1')
    let asker = 0
    before.once('message', (bytes, { port }) => {
      asker = port
      behind.send(bytes, real.port, '127.0.0.1')
    })
    behind.once('message', (bytes) => before.send(bytes, asker, '127.0.0.1'))
    await once(before, 'listening')
    try {
      const one = await login({ ...real, port: before.address().port })
      expect(one).toMatchObject({ scheme: 'community', tried: 1, refused: 0, stopped: 'cut off' })
    } finally {
      before.close()
      behind.close()
    }
  })
})

const noLighttpd = missing('lighttpd')
describe.skipIf(noLighttpd !== '')(`HTTP Basic and Digest, at lighttpd${noLighttpd}`, { concurrent: true }, () => {
  const lighttpd = async (method: 'basic' | 'digest', password: string) => {
    const port = await freePort()
    const at = folder()
    file(join(at, 'index.html'), '<!doctype html><title>Camera</title><p>Settings of the camera</p>')
    const users = file(join(at, 'users'), `admin:${password}\n`)
    const conf = [
      `server.document-root = "${at}"`,
      `server.port = ${port}`,
      'server.bind = "127.0.0.1"',
      'index-file.names = ("index.html")',
      'server.modules = ("mod_auth", "mod_authn_file")',
      'auth.backend = "plain"',
      `auth.backend.plain.userfile = "${users}"`,
      `auth.require = ("" => ("method" => "${method}", "realm" => "Camera", "require" => "valid-user"))`,
      '',
    ].join('\n')
    await start(['lighttpd', '-D', '-f', file(join(at, 'lighttpd.conf'), conf)], port)
    return port
  }

  for (const method of ['basic', 'digest'] as const) {
    it(`is let in by a published pair (${method})`, async () => {
      const one = await login({ port: await lighttpd(method, 'admin'), protocol: 'http' })
      expect(one).toMatchObject({ tried: 1, accepted: PUBLISHED })
      expect(one?.scheme.toLowerCase()).toBe(method)
    })

    it(`is refused by the twin (${method})`, async () => {
      const one = await login({ port: await lighttpd(method, 'n8-Kq!zw'), protocol: 'http' })
      expect(one).toMatchObject({ tried: 4, refused: 4 })
      expect(one).not.toHaveProperty('accepted')
    })
  }
})

describe('a service that is gone', () => {
  it.each(['ssh', 'telnet', 'ftp', 'http', 'mqtt', 'rtsp', 'adb'])('gives no verdict (%s)', async (protocol) => {
    const heard = await asked({ port: await freePort(), protocol })
    expect(heard.of('probe.login')).toEqual([])
    expect(heard.troubles).toHaveLength(1)
    expect(heard.troubles[0]?.reason).toMatch(/refused/i)
  })

  it('gives no verdict (snmp)', async () => {
    const heard = await asked({ port: await freePort(), protocol: 'snmp', transport: 'udp' })
    expect(heard.of('probe.login')).toEqual([])
    expect(heard.troubles).toHaveLength(1)
  })
})
