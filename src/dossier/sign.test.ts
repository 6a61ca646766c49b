import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompactSign } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonical } from './jcs.ts'
import { certificatesOf, publicKeys, signValue, thumbprint, verifyValue } from './sign.ts'

const openssl = existsSync('/usr/bin/openssl')
/** Certificates are made after this is read. */
const NOW = Date.now() + 3_600_000
const DAY = 86_400_000
const value = { schema: 'assay-dossier-1', product: { vendor: 'Example', model: 'Cäm 2' }, updates: { signed: true } }

const made = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
  PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const trust = (...keys: KeyObject[]) => ({ keys, authorities: [] })
const sign = (name: keyof typeof made, of: unknown = value) =>
  signValue(of, pem(made[name].privateKey), [], NOW, name === 'RS256' ? 'RS256' : 'PS256')

describe.each(['ES256', 'EdDSA', 'PS256', 'RS256'] as const)('a dossier signed with %s', (name) => {
  it('is known by the key, whatever its layout; and no other, changed or by another key', async () => {
    const jws = await sign(name)
    expect(jws).toMatch(/^[\w-]+\.\.[\w-]+$/)
    const { publicKey } = made[name]
    const other = { updates: { signed: true }, product: { model: 'Cäm 2', vendor: 'Example' }, schema: 'assay-dossier-1' }
    expect(await verifyValue(other, jws, trust(publicKey), NOW)).toEqual({
      by: `key ${await thumbprint(publicKey)}`,
      algorithm: name,
      at: `${new Date(NOW).toISOString().slice(0, 19)}.000Z`,
    })
    const changed = { ...value, updates: { signed: false } }
    await expect(verifyValue(changed, jws, trust(publicKey), NOW)).rejects.toThrow('changed after it was signed')
    const { publicKey: stranger } =
      name === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await expect(verifyValue(value, jws, trust(stranger), NOW)).rejects.toThrow(/not of this key|does not go with this key/)
    // of several that are trusted, one is enough
    await expect(verifyValue(value, jws, trust(stranger, publicKey), NOW)).resolves.toMatchObject({ algorithm: name })
  })
})

describe('a signature', () => {
  it.each([
    ['one bit of it', (jws: string) => flipped(jws, jws.length - 8)],
    ['one bit of its header', (jws: string) => flipped(jws, 12)],
    ['no algorithm', (jws: string) => withHeader(jws, { alg: 'none' }).replace(/[^.]*$/, '')],
    ['no signature', (jws: string) => jws.replace(/[^.]*$/, '')],
    ['another algorithm', (jws: string) => withHeader(jws, { alg: 'PS256' })],
    ['an extension nobody knows', (jws: string) => withHeader(jws, { alg: 'ES256', crit: ['exp'], exp: 1 })],
    ['its content not encoded (RFC 7797)', (jws: string) => withHeader(jws, { alg: 'ES256', crit: ['b64'], b64: false })],
    ['words', () => 'signed, the maker'],
    ['nothing', () => ''],
    ['much', () => `${'a'.repeat(1 << 17)}..b`],
    ['a header that is none', () => 'bnVsbA..AAAA'],
  ])('with %s changed is refused with a reason', async (_, change) => {
    const jws = await sign('ES256')
    await expect(verifyValue(value, change(jws), trust(made.ES256.publicKey), NOW)).rejects.toThrow(/^[^\n]{10,300}$/)
  })

  it('is not made of a public key taken for a shared secret', async () => {
    // the classic: HMAC with the text of the public key
    const secret = new TextEncoder().encode(made.ES256.publicKey.export({ type: 'spki', format: 'pem' }).toString())
    const jws = await new CompactSign(new TextEncoder().encode(canonical(value)))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(secret)
    await expect(verifyValue(value, jws, trust(made.ES256.publicKey), NOW)).rejects.toThrow('HS256 does not go with this key')
    expect(() => publicKeys('{"kty":"oct","k":"AAAA"}')).toThrow('shared secret')
  })

  it('may carry the content, if it is this', async () => {
    const whole = (of: unknown) =>
      new CompactSign(new TextEncoder().encode(canonical(of))).setProtectedHeader({ alg: 'ES256' }).sign(made.ES256.privateKey)
    await expect(verifyValue(value, await whole(value), trust(made.ES256.publicKey), NOW)).resolves.toMatchObject({
      algorithm: 'ES256',
    })
    await expect(verifyValue(value, await whole({ a: 1 }), trust(made.ES256.publicKey), NOW)).rejects.toThrow('another dossier')
  })

  it('is trusted to nobody when nobody is named', async () => {
    await expect(verifyValue(value, await sign('ES256'), trust(), NOW)).rejects.toThrow('nobody is named')
  })

  it('is made with strong keys only', async () => {
    for (const weak of [
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      generateKeyPairSync('x25519'),
    ])
      await expect(signValue(value, pem(weak.privateKey), [], NOW)).rejects.toThrow('no kind that is taken')
    await expect(signValue(value, 'nothing', [], NOW)).rejects.toThrow('no private key')
    const locked = made.EdDSA.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    await expect(signValue(value, locked.toString(), [], NOW)).rejects.toThrow('locked by a password')
  })
})

describe('keys', () => {
  it('are named by their thumbprints, as RFC 7638 (section 3.1) and RFC 8037 (appendix A.3) show', async () => {
    const rsa =
      '{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}'
    const ed = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
    expect(await thumbprint(publicKeys(rsa)[0]!)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
    expect(await thumbprint(publicKeys(ed)[0]!)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
    expect(publicKeys(`{"keys":[${rsa},${ed}]}`)).toHaveLength(2)
  })

  it('are read as PEM or JWK, and never the private one', () => {
    const jwk = JSON.stringify(made.ES256.publicKey.export({ format: 'jwk' }))
    expect(publicKeys(jwk)[0]!.equals(made.ES256.publicKey)).toBe(true)
    // a private JWK gives its public part
    const secret = JSON.stringify(made.ES256.privateKey.export({ format: 'jwk' }))
    expect(publicKeys(secret)[0]!.type).toBe('public')
    expect(() => publicKeys(pem(made.ES256.privateKey))).toThrow('private key')
    for (const none of ['', '{', '{}', '{"keys":[{}]}', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])
      expect(() => publicKeys(none)).toThrow('no public key')
    expect(() => certificatesOf('')).toThrow('no certificate')
  })
})

/** OpenSSL makes the certificates, and judges chains and signatures beside us. */
describe.skipIf(!openssl)(`a chain of certificates${openssl ? '' : ' (skipped: needs openssl)'}`, { timeout: 30_000 }, () => {
  let folder: string
  const run = (...args: string[]) =>
    execFileSync('/usr/bin/openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const certificate = (name: string) => certificatesOf(read(`${name}.crt`))[0]!

  /** `by` undefined: by itself. */
  function issue(name: string, by: string | undefined, extensions: string, days = 30): void {
    run('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
    writeFileSync(join(folder, 'x.ext'), extensions)
    run('req', '-new', '-key', `${name}.key`, '-subj', `/O=Example Ltd/CN=${name}`, '-out', `${name}.csr`)
    const signer =
      by === undefined
        ? ['-signkey', `${name}.key`]
        : ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-set_serial', `0x${Buffer.from(name).toString('hex')}`]
    run('x509', '-req', '-in', `${name}.csr`, ...signer, '-days', String(days), '-extfile', 'x.ext', '-out', `${name}.crt`)
  }
  const CA = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n'
  const LEAF = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n'

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-chain-'))
    issue('root', undefined, CA)
    issue('short-root', undefined, CA.replace('CA:TRUE', 'CA:TRUE,pathlen:0'))
    issue('inter', 'root', CA)
    issue('maker', 'inter', LEAF)
    issue('direct', 'root', LEAF)
    issue('below-leaf', 'direct', LEAF)
    issue('no-below', 'root', CA.replace('CA:TRUE', 'CA:TRUE,pathlen:0'))
    issue('below', 'no-below', CA)
    issue('too-deep', 'below', LEAF)
    issue('allowed', 'no-below', LEAF)
    issue('short-inter', 'short-root', CA)
    issue('short-leaf', 'short-inter', LEAF)
    issue('odd', 'root', `${LEAF}1.2.3.4=critical,ASN1:UTF8String:x\n`)
    issue('stranger', undefined, CA)
    issue('agrees', 'root', 'keyUsage=critical,keyAgreement\n')
    issue('web', 'root', `${LEAF}extendedKeyUsage=serverAuth,clientAuth\n`)
    issue('code', 'root', `${LEAF}extendedKeyUsage=serverAuth,codeSigning\n`)
    issue('documents', 'root', `${LEAF}extendedKeyUsage=critical,1.3.6.1.5.5.7.3.36\n`)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const judge = async (names: string[], authorities: string[], now = NOW) => {
    const jws = await signValue(value, read(`${names[0]}.key`), names.map(certificate), NOW)
    return verifyValue(value, jws, { keys: [], authorities: authorities.map(certificate) }, now)
  }
  const opensslSays = (names: string[], authorities: string[]) => {
    writeFileSync(join(folder, 'cas.pem'), authorities.map((n) => read(`${n}.crt`)).join(''))
    writeFileSync(join(folder, 'rest.pem'), [...names.slice(1), ...names.slice(0, 1)].map((n) => read(`${n}.crt`)).join(''))
    try {
      run('verify', '-no-CApath', '-no-CAstore', '-CAfile', 'cas.pem', '-untrusted', 'rest.pem', `${names[0]}.crt`)
      return true
    } catch {
      return false
    }
  }

  it.each([
    [['direct'], ['root'], 'Example Ltd, direct (certified by Example Ltd, root)'],
    [['maker', 'inter'], ['root'], 'Example Ltd, maker (certified by Example Ltd, root)'],
    [['maker', 'inter', 'root'], ['stranger', 'root'], 'Example Ltd, maker (certified by Example Ltd, root)'],
    [['allowed', 'no-below'], ['root'], 'Example Ltd, allowed (certified by Example Ltd, root)'],
  ])('%j leads to %j', async (names, authorities, by) => {
    expect(await judge(names, authorities)).toMatchObject({ by, algorithm: 'ES256' })
    expect(opensslSays(names, authorities)).toBe(true)
  })

  it.each([
    [['direct'], ['stranger'], 'does not lead to an authority'],
    [['maker'], ['root'], 'does not lead to an authority'],
    [['maker', 'root'], ['root'], 'was not issued by'],
    [['below-leaf', 'direct'], ['root'], 'was not issued by'],
    [['too-deep', 'below', 'no-below'], ['root'], 'may not certify others'],
    [['short-leaf', 'short-inter'], ['short-root'], 'does not lead to an authority'],
    [['odd'], ['root'], 'critical extension'],
    [['stranger'], ['root'], 'does not lead to an authority'],
  ])('%j does not lead to %j', async (names, authorities, reason) => {
    await expect(judge(names, authorities)).rejects.toThrow(reason)
    expect(opensslSays(names, authorities)).toBe(false)
  })

  it.each([
    ['agrees', 'it is for other uses than signing (key usage)'],
    ['web', 'it is for other uses than signing documents or code (extended key usage)'],
  ])('%s is no certificate to sign with', async (name, reason) => {
    await expect(judge([name], ['root'])).rejects.toThrow(reason)
  })

  it.each(['code', 'documents'])('%s is one', async (name) => {
    expect(await judge([name], ['root'])).toMatchObject({ by: expect.stringContaining(name) as string })
  })

  it('holds only in its time, whatever its signer says', async () => {
    await expect(judge(['direct'], ['root'], NOW + 40 * DAY)).rejects.toThrow(/it ran out on \d{4}/)
    await expect(judge(['direct'], ['root'], NOW - 2 * DAY)).rejects.toThrow('not valid yet')
  })

  it('names nobody by a key that the certificate does not have', async () => {
    await expect(signValue(value, read('maker.key'), [certificate('direct')], NOW)).rejects.toThrow('of another key')
    // a certificate of somebody else, put into the header by hand
    const jws = await signValue(value, read('maker.key'), [], NOW)
    const [, , signature] = jws.split('.')
    const header = { alg: 'ES256', x5c: [certificate('direct').raw.toString('base64')] }
    const forged = `${Buffer.from(JSON.stringify(header)).toString('base64url')}..${signature}`
    await expect(verifyValue(value, forged, { keys: [], authorities: [certificate('root')] }, NOW)).rejects.toThrow(
      'not of this key',
    )
    const bare = await signValue(value, read('maker.key'), [], NOW)
    await expect(verifyValue(value, bare, { keys: [], authorities: [certificate('root')] }, NOW)).rejects.toThrow(
      'no certificates',
    )
  })

  it('may be pinned by its own certificate', async () => {
    expect(await judge(['direct'], ['direct'])).toMatchObject({ by: 'Example Ltd, direct' })
    const jws = await signValue(value, read('direct.key'), [], NOW)
    const keys = publicKeys(read('direct.crt'))
    expect(keys[0]!.equals(createPublicKey(read('direct.key')))).toBe(true)
    await expect(verifyValue(value, jws, { keys, authorities: [] }, NOW)).resolves.toBeDefined()
  })

  it('is signed in a way that OpenSSL verifies, too', async () => {
    const jws = await sign('EdDSA')
    const [header, , signature] = jws.split('.')
    writeFileSync(join(folder, 'input'), `${header}.${Buffer.from(canonical(value)).toString('base64url')}`)
    writeFileSync(join(folder, 'signature'), Buffer.from(signature!, 'base64url'))
    writeFileSync(join(folder, 'public.pem'), made.EdDSA.publicKey.export({ type: 'spki', format: 'pem' }))
    const verify = () =>
      run('pkeyutl', '-verify', '-pubin', '-inkey', 'public.pem', '-rawin', '-in', 'input', '-sigfile', 'signature')
    expect(verify()).toContain('Verified Successfully')
    writeFileSync(join(folder, 'input'), `${header}.${Buffer.from(canonical({})).toString('base64url')}`)
    expect(verify).toThrow()
  })

  it('of certificates that are garbage is refused', async () => {
    const [, , signature] = (await sign('ES256')).split('.')
    for (const x5c of [['AAAA'], [''], [1], Array.from({ length: 9 }, () => 'AAAA')]) {
      const header = Buffer.from(JSON.stringify({ alg: 'ES256', x5c })).toString('base64url')
      await expect(
        verifyValue(value, `${header}..${signature}`, { keys: [], authorities: [certificate('root')] }, NOW),
      ).rejects.toThrow(/certificate/)
    }
    expect(() => new X509Certificate('')).toThrow()
  })
})

/** One bit of a letter that carries six. */
function flipped(text: string, at: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return `${text.slice(0, at)}${letters[letters.indexOf(text[at]!) ^ 1]}${text.slice(at + 1)}`
}

function withHeader(jws: string, header: object): string {
  const [, content, signature] = jws.split('.')
  return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${content}.${signature}`
}
