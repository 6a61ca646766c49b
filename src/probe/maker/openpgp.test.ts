import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isCleartext, readCleartext, verifyCleartext, verifyDetached } from './openpgp.ts'

const gpgThere = spawnSync('gpg', ['--version'], { stdio: 'ignore' }).status === 0
const TEXT = 'Contact: mailto:a@b.example  \n- dashed\n-----\n\nPolicy: https://b.example/ü\n'

/** Keys by user name: what GnuPG makes, and what a signature by it is to be. */
const KEYS: Record<string, string> = {
  'rsa@x.example': 'rsa2048',
  'ed@x.example': 'ed25519',
  'p256@x.example': 'nistp256',
  'p384@x.example': 'nistp384',
}

describe.skipIf(!gpgThere)(`cleartext signatures${gpgThere ? '' : ' (needs gpg)'}`, () => {
  let home = ''
  const gpg = (args: readonly string[], input: string | Buffer = '') => {
    const run = spawnSync(
      'gpg',
      ['--homedir', home, '--batch', '--yes', '--passphrase', '', '--pinentry-mode', 'loopback', ...args],
      { input },
    )
    if (run.status !== 0) throw new Error(run.stderr.toString())
    return run.stdout
  }
  const sign = (by: string, ...more: string[]) => gpg(['-u', by, ...more, '--clearsign'], TEXT).toString('utf8')
  const keyOf = (by: string) => gpg(['--armor', '--export', by])
  const verify = (text: string, key: Buffer, now?: number) => verifyCleartext(readCleartext(text)!, key, now)

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'gpg-'))
    for (const [user, kind] of Object.entries(KEYS)) gpg(['--quick-generate-key', user, kind, 'sign', 'never'])
    // a primary key that only certifies, and a subkey that signs
    gpg(['--quick-generate-key', 'sub@x.example', 'rsa2048', 'cert', 'never'])
    const print = /^fpr:+([0-9A-F]{40}):/m.exec(gpg(['--with-colons', '--list-keys', 'sub@x.example']).toString())![1]!
    gpg(['--quick-add-key', print, 'ed25519', 'sign', '1y'])
  })
  afterAll(() => void spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']))

  it.each([...Object.keys(KEYS), 'sub@x.example'])('of %s are valid, and false when a letter changes', (by) => {
    const signed = sign(by)
    expect(isCleartext(signed)).toBe(true)
    expect(readCleartext(signed)?.text).toBe(TEXT.replace(/\n$/, ''))
    expect(verify(signed, keyOf(by))).toEqual({ status: 'valid' })
    expect(verify(signed.replaceAll('\n', '\r\n'), keyOf(by))).toEqual({ status: 'valid' })
    expect(verify(signed, gpg(['--export', by]))).toEqual({ status: 'valid' })
    expect(verify(signed.replace('mailto:a@', 'mailto:c@'), keyOf(by))).toEqual({
      status: 'invalid',
      reason: 'the text is not what was signed',
    })
  })

  it.each(['SHA512', 'SHA384', 'SHA256'])('with %s are valid', (digest) => {
    expect(verify(sign('rsa@x.example', '--digest-algo', digest), keyOf('rsa@x.example'))).toEqual({ status: 'valid' })
  })

  it('may stand in a file of their own', () => {
    const detached = (...how: string[]) => gpg(['-u', 'ed@x.example', ...how, '--detach-sign'], TEXT)
    const key = keyOf('ed@x.example')
    for (const file of [detached(), detached('--armor'), detached('--textmode')])
      expect(verifyDetached(file, Buffer.from(TEXT), key)).toEqual({ status: 'valid' })
    expect(verifyDetached(detached(), Buffer.from(`${TEXT}!`), key).status).toBe('invalid')
    expect(verifyDetached(detached(), Buffer.from(TEXT), keyOf('rsa@x.example')).status).toBe('unverified')
    expect(verifyDetached(Buffer.from('none'), Buffer.from(TEXT), key).status).toBe('invalid')
  })

  it('with SHA-1 are not', () => {
    const signed = sign('rsa@x.example', '--digest-algo', 'SHA1', '--allow-weak-digest-algos', '--weak-digest', 'MD5')
    expect(verify(signed, keyOf('rsa@x.example')).status).toBe('invalid')
  })

  it('of another key are not verified', () => {
    expect(verify(sign('ed@x.example'), keyOf('rsa@x.example')).status).toBe('unverified')
    expect(verify(sign('ed@x.example'), Buffer.from('no key')).status).toBe('unverified')
    expect(verify(sign('ed@x.example'), Buffer.concat([keyOf('rsa@x.example').subarray(0, 300)])).status).toBe('unverified')
    // all keys in one file
    expect(verify(sign('ed@x.example'), gpg(['--armor', '--export']))).toEqual({ status: 'valid' })
  })

  it('of a key that ended, or was taken back, are not valid', () => {
    const later = Date.now() / 1000 + 2 * 366 * 86_400
    expect(verify(sign('sub@x.example'), keyOf('sub@x.example'), later)).toEqual({
      status: 'invalid',
      reason: 'the key has expired',
    })
    expect(verify(sign('ed@x.example'), keyOf('ed@x.example'), later)).toEqual({ status: 'valid' })
    gpg(['--quick-generate-key', 'gone@x.example', 'ed25519', 'sign', 'never'])
    const signed = sign('gone@x.example')
    const print = /^fpr:+([0-9A-F]{40}):/m.exec(gpg(['--with-colons', '--list-keys', 'gone@x.example']).toString())![1]!
    const certificate = spawnSync('sed', ['s/^:---/---/', join(home, 'openpgp-revocs.d', `${print}.rev`)]).stdout
    expect(verify(signed, keyOf('gone@x.example'))).toEqual({ status: 'valid' })
    gpg(['--import'], certificate)
    expect(verify(signed, keyOf('gone@x.example'))).toEqual({ status: 'invalid', reason: 'the key was revoked' })
  })

  it('do not let unsigned words in', () => {
    const signed = sign('ed@x.example')
    expect(readCleartext(signed.replace(/Hash: .*/, '$&\nContact: mailto:evil@x.example'))).toBeUndefined()
    expect(readCleartext(`${signed}Contact: mailto:evil@x.example\n`)).toBeUndefined()
    expect(readCleartext(`Contact: mailto:evil@x.example\n${signed}`)).toBeUndefined()
    expect(readCleartext(signed.replace('- - dashed', '-dashed'))).toBeUndefined()
  })

  it('that were broken anywhere are as gpg says', () => {
    // without the checksum, which RFC 9580 section 6.1 leaves out of the question
    const signed = sign('p256@x.example').replace(/^=.{4}$/m, '')
    const key = keyOf('p256@x.example')
    const end = signed.indexOf('-----END PGP SIGNATURE')
    const letters = Array.from(signed)
    let good = 0
    // the two numbers; what is before them is not all signed
    for (let at = end - 90; at < end - 4; at += 7) {
      const broken = letters.with(at, letters[at] === 'A' ? 'B' : 'A').join('')
      const read = readCleartext(broken)
      const ours = read === undefined ? 'unread' : verifyCleartext(read, key).status
      const theirs = spawnSync('gpg', ['--homedir', home, '--batch', '--verify'], { input: broken }).status === 0
      if (theirs) good++
      expect(ours === 'valid', `letter ${at}: ${ours}`).toBe(theirs)
    }
    expect(good).toBe(0)
    expect(verify(signed, key)).toEqual({ status: 'valid' })
  })
})
