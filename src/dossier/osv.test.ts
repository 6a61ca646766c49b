import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cvss3 } from './osv-cvss.ts'
import { keyOf, packageOf, severityOf, verdictOf } from './osv-record.ts'
import { readOsv } from './osv.ts'
import { parsePurl } from './purl.ts'
import { Unreadable } from './sbom-json.ts'

let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'osv-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const record = (id: string, ecosystem: string, name: string, more: object = {}) => ({
  id,
  modified: '2026-01-02T03:04:05Z',
  affected: [{ package: { ecosystem, name }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }] }],
  ...more,
})

describe('OSV records', () => {
  const verdict = (affected: object, purl: string) => verdictOf({ affected: [affected] }, parsePurl(purl)!)

  it('tell versions that are affected from those that are not', () => {
    const lodash = (...ranges: object[]) => ({ package: { ecosystem: 'npm', name: 'lodash' }, ranges })
    const semver = (...events: object[]) => lodash({ type: 'SEMVER', events })
    const cases: [object, string, string][] = [
      [semver({ introduced: '0' }, { fixed: '4.17.21' }), '4.17.20', 'affected'],
      [semver({ introduced: '0' }, { fixed: '4.17.21' }), '4.17.21', 'not affected'],
      [semver({ introduced: '4.0.0' }, { fixed: '4.17.21' }), '3.9.9', 'not affected'],
      [semver({ introduced: '0' }, { last_affected: '4.17.20' }), '4.17.20', 'affected'],
      [semver({ introduced: '0' }, { last_affected: '4.17.20' }), '4.17.21', 'not affected'],
      [semver({ introduced: '1.0.0' }), '99.0.0', 'affected'],
      // in whatever order the events stand, and again after a fix
      [semver({ fixed: '3.1.0' }, { introduced: '3.0.0' }, { fixed: '2.0.0' }, { introduced: '0' }), '2.5.0', 'not affected'],
      [semver({ fixed: '3.1.0' }, { introduced: '3.0.0' }, { fixed: '2.0.0' }, { introduced: '0' }), '3.0.5', 'affected'],
      [semver({ introduced: '0' }, { limit: '2.0.0' }), '1.9.0', 'affected'],
      [semver({ introduced: '0' }, { limit: '2.0.0' }), '2.0.0', 'not affected'],
      [semver({ introduced: '4.0.0-beta' }, { fixed: '4.0.0' }), '4.0.0-rc.1', 'affected'],
      [{ package: { ecosystem: 'npm', name: 'lodash' }, versions: ['4.17.19', '4.17.20'] }, '4.17.20', 'affected'],
      [{ package: { ecosystem: 'npm', name: 'lodash' }, versions: ['4.17.19'] }, '4.17.20', 'not affected'],
    ]
    for (const [affected, version, wanted] of cases)
      expect([affected, version, verdict(affected, `pkg:npm/lodash@${version}`)]).toEqual([affected, version, wanted])
    expect(verdict(semver({ introduced: '0' }), 'pkg:npm/other@1.0.0')).toBeUndefined()
  })

  it('order versions as their ecosystem does', () => {
    const in_ = (ecosystem: string, name: string, fixed: string) => ({
      package: { ecosystem, name },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
    })
    for (const [affected, purl, wanted] of [
      [in_('Debian:12', 'openssl', '3.0.14-1~deb12u1'), 'pkg:deb/debian/openssl@3.0.11-1~deb12u2?distro=debian-12', 'affected'],
      [
        in_('Debian:12', 'openssl', '3.0.14-1~deb12u1'),
        'pkg:deb/debian/libssl3@3.0.14-1~deb12u1?distro=bookworm&upstream=openssl',
        'not affected',
      ],
      [in_('Debian:12', 'openssl', '3.0.14'), 'pkg:deb/debian/openssl@3.0.11?distro=debian-11', undefined],
      [in_('Debian:12', 'openssl', '3.0.14'), 'pkg:deb/debian/openssl@3.0.11', 'affected'],
      [in_('Alpine:v3.20', 'busybox', '1.36.1-r29'), 'pkg:apk/alpine/busybox@1.36.1-r28?distro=alpine-3.20.2', 'affected'],
      [in_('PyPI', 'Jinja2', '3.1.6'), 'pkg:pypi/jinja2@3.1.6rc1', 'affected'],
      [
        in_('Maven', 'org.apache.logging.log4j:log4j-core', '2.15.0'),
        'pkg:maven/org.apache.logging.log4j/log4j-core@2.15.0-rc1',
        'affected',
      ],
      [in_('Go', 'golang.org/x/net', '0.23.0'), 'pkg:golang/golang.org/x/net@v0.22.0', 'affected'],
      [in_('RubyGems', 'rack', '3.0.0'), 'pkg:gem/rack@3.0.0.beta1', 'affected'],
      [in_('AlmaLinux:9', 'curl', '7.76.1-29.el9'), 'pkg:rpm/almalinux/curl@7.76.1-26.el9?distro=almalinux-9.3', 'affected'],
      [in_('crates.io', 'time', '0.2.23'), 'pkg:cargo/time@0.2.22', 'affected'],
    ] as const)
      expect([purl, verdict(affected, purl)]).toEqual([purl, wanted])
  })

  it('say what they cannot tell, rather than let it pass', () => {
    const curl = (release: string, fixed: string) => ({
      package: { ecosystem: `Debian:${release}`, name: 'curl' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
    })
    const of = (purl: string) =>
      verdictOf({ affected: [curl('11', '7.74.0-1.3+deb11u14'), curl('12', '7.88.1-10+deb12u8')] }, parsePurl(purl)!)
    expect(of('pkg:deb/debian/curl@7.74.0-1.3+deb11u14')).toEqual({ unclear: expect.stringMatching(/does not tell the release/) })
    expect(of('pkg:deb/debian/curl@7.74.0-1.3+deb11u14?distro=bullseye')).toBe('not affected')
    expect(of('pkg:deb/debian/curl@7.64.0-4')).toBe('affected')
    expect(of('pkg:deb/debian/curl@8.5.0-2')).toBe('not affected')
    const hackage = {
      package: { ecosystem: 'Hackage', name: 'aeson' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
    }
    expect(verdict(hackage, 'pkg:hackage/aeson@1.0')).toEqual({ unclear: 'Assay does not know how Hackage orders versions' })
    const odd = {
      package: { ecosystem: 'npm', name: 'x' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
    }
    expect(verdict(odd, 'pkg:npm/x@latest')).toEqual({ unclear: 'latest cannot be compared with the versions of the record' })
    const broken = {
      package: { ecosystem: 'npm', name: 'x' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: 'soon' }] }],
    }
    expect(verdict(broken, 'pkg:npm/x@1.0.0')).toHaveProperty('unclear')
    const git = { ranges: [{ type: 'GIT', repo: 'https://github.com/Mbed-TLS/mbedtls.git', events: [{ introduced: '0' }] }] }
    expect(verdict(git, 'pkg:github/mbed-tls/mbedtls@v3.6.0')).toEqual({ unclear: 'the record tells commits only' })
    expect(verdict({ ...git, versions: ['mbedtls-3.6.0'] }, 'pkg:github/mbed-tls/mbedtls@v3.6.0')).toBe('affected')
    expect(verdict({ ...git, versions: ['mbedtls-3.5.0'] }, 'pkg:github/mbed-tls/mbedtls@v3.6.0')).toBe('not affected')
    expect(packageOf(parsePurl('pkg:generic/openssl@3')!)).toBeUndefined()
  })

  it('tell how severe it is', () => {
    const with_ = (score: string) => ({ severity: [{ type: 'CVSS_V3', score }] })
    expect(severityOf(with_('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'))).toBe('critical')
    expect(severityOf({ affected: [with_('CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N')] })).toBe('low')
    expect(
      severityOf({ severity: [{ type: 'CVSS_V4', score: 'CVSS:4.0/AV:N' }], database_specific: { severity: 'MODERATE' } }),
    ).toBe('medium')
    expect(severityOf({ severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N' }] })).toBe('unknown')
    expect(severityOf({ database_specific: { severity: 'constructor' } })).toBe('unknown')
    expect(severityOf({ affected: [{ ecosystem_specific: { urgency: 'unimportant' } }] })).toBe('low')
  })
})

describe('CVSS 3', () => {
  it("scores as FIRST's examples (CVSS v3.1 examples, document version 1.8)", () => {
    for (const [vector, score] of [
      ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4], // CVE-2013-0375
      ['CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N', 3.1], // CVE-2014-3566
      ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H', 9.9], // CVE-2012-1516
      ['CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L', 4.2], // CVE-2009-0783
      ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 8.8], // CVE-2012-0384
      ['CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', 7.8], // CVE-2015-1098
      ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', 7.5], // CVE-2014-0160
      ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8], // CVE-2014-6271
      ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N', 6.8], // CVE-2008-1447
      ['CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 6.8], // CVE-2014-2005
      ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:N/A:N', 5.8], // CVE-2010-0467
      ['CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H', 9.3], // CVE-2013-6014
      ['CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N', 5.4], // CVE-2014-9253
      ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0],
      ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/E:P/RL:O', 10],
    ] as const)
      expect([vector, cvss3(vector)]).toEqual([vector, score])
  })

  it('scores nothing else', () => {
    for (const vector of [
      '',
      'AV:N/AC:L/Au:N/C:P/I:P/A:P',
      'CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
      'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/C:H/I:H/A:H',
      'CVSS:4.0/AV:N',
    ])
      expect([vector, cvss3(vector)]).toEqual([vector, undefined])
  })
})

describe('an OSV database', () => {
  const wanted = {
    keys: new Set([keyOf({ ecosystem: 'npm', name: 'lodash' })]),
    repositories: new Set(['github.com/mbed-tls/mbedtls']),
  }

  it('is read from folders within folders and archives, and keeps what is asked for', () => {
    const all = join(folder, 'all')
    mkdirSync(join(all, 'npm', 'more'), { recursive: true })
    const write = (name: string, value: unknown) =>
      writeFileSync(join(all, name), typeof value === 'string' ? value : JSON.stringify(value))
    write('npm/GHSA-1.json', record('GHSA-1', 'npm', 'lodash'))
    write('npm/more/GHSA-2.json', record('GHSA-2', 'npm', 'other', { modified: '2026-03-01T00:00:00Z' }))
    write('npm/GHSA-3.json', record('GHSA-3', 'npm', 'lodash', { withdrawn: '2026-01-01T00:00:00Z' }))
    write('OSV-1.json', {
      id: 'OSV-1',
      modified: '2026-01-01T00:00:00Z',
      affected: [{ ranges: [{ type: 'GIT', repo: 'https://github.com/Mbed-TLS/mbedtls' }] }],
    })
    write('notes.txt', 'no record')
    write('broken.json', '{')
    write('list.json', [])
    symlinkSync(all, join(all, 'npm', 'loop'))
    const db = readOsv(all, wanted)
    expect(db).toMatchObject({ records: 4, newest: Date.UTC(2026, 2, 1), unread: 2 })
    expect([...db.families].toSorted()).toEqual(['GIT', 'npm'])
    expect(db.about.size).toBe(2)
    expect(db.about.get('github.com/mbed-tls/mbedtls')?.map((r) => r['id'])).toEqual(['OSV-1'])
    expect(db.about.get('npm/lodash')?.map((r) => r['id'])).toEqual(['GHSA-1'])
  })

  const zip = spawnSync('sh', ['-c', 'command -v zip']).status === 0
  it.skipIf(!zip)('is read from an archive that zip made, stored or deflated', () => {
    for (const level of ['-0', '-9']) {
      const all = join(folder, `zip${level}`)
      const inside = mkdtempSync(join(folder, 'inside-'))
      mkdirSync(all)
      for (let i = 0; i < 300; i++)
        writeFileSync(join(inside, `GHSA-${i}.json`), JSON.stringify(record(`GHSA-${i}`, 'npm', i === 7 ? 'lodash' : `p${i}`)))
      expect(spawnSync('zip', ['-q', '-r', level, join(all, 'all.zip'), '.'], { cwd: inside }).status).toBe(0)
      const db = readOsv(all, wanted)
      expect([level, db.records, db.unread, db.about.get('npm/lodash')?.map((r) => r['id'])]).toEqual([level, 300, 0, ['GHSA-7']])
    }
  })

  it.skipIf(!zip)('is read from an archive of more files than 16 bits can count, by its 64-bit end record', () => {
    const all = join(folder, 'zip64')
    mkdirSync(all)
    writeFileSync(join(folder, 'GHSA-1.json'), JSON.stringify(record('GHSA-1', 'npm', 'lodash')))
    expect(spawnSync('zip', ['-q', join(all, 'all.zip'), 'GHSA-1.json'], { cwd: folder }).status).toBe(0)
    const plain = readFileSync(join(all, 'all.zip'))
    const end = plain.length - 22
    const [length, at] = [plain.readUInt32LE(end + 12), plain.readUInt32LE(end + 16)]
    // APPNOTE.TXT 4.3.14 to 4.3.16: the 64-bit end record, its locator, and an end record that says to look there
    const wide = Buffer.alloc(56)
    wide.writeUInt32LE(0x06064b50)
    wide.writeBigUInt64LE(44n, 4)
    wide.writeBigUInt64LE(1n, 24)
    wide.writeBigUInt64LE(1n, 32)
    wide.writeBigUInt64LE(BigInt(length), 40)
    wide.writeBigUInt64LE(BigInt(at), 48)
    const locator = Buffer.alloc(20)
    locator.writeUInt32LE(0x07064b50)
    locator.writeBigUInt64LE(BigInt(end), 8)
    locator.writeUInt32LE(1, 16)
    const last = Buffer.from(plain.subarray(end))
    last.fill(0xff, 8, 20)
    // and an entry whose offset stands in its extra field (4.5.3)
    const entry = Buffer.from(plain.subarray(at, end))
    const extra = 46 + entry.readUInt16LE(28)
    const offset = Buffer.from('0100080000000000000000', 'hex')
    const widened = Buffer.concat([entry.subarray(0, extra), offset, Buffer.alloc(1), entry.subarray(extra)])
    widened.writeUInt16LE(entry.readUInt16LE(30) + 12, 30)
    widened.writeUInt32LE(0xffffffff, 42)
    wide.writeBigUInt64LE(BigInt(widened.length), 40)
    locator.writeBigUInt64LE(BigInt(at + widened.length), 8)
    writeFileSync(join(all, 'all.zip'), Buffer.concat([plain.subarray(0, at), widened, wide, locator, last]))
    const db = readOsv(all, wanted)
    expect([db.records, db.unread, db.about.get('npm/lodash')?.[0]?.['id']]).toEqual([1, 0, 'GHSA-1'])
  })

  it('says of archives that are none what is wrong, and goes on', () => {
    const all = join(folder, 'hostile')
    mkdirSync(all)
    writeFileSync(join(all, 'a.zip'), 'no archive at all, and longer than the end record of one')
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50)
    end.writeUInt32LE(0xfffffff0, 12)
    writeFileSync(join(all, 'b.zip'), end)
    writeFileSync(join(all, 'c.zip'), '')
    // a 64-bit locator that leads nowhere
    const locator = Buffer.alloc(20, 0xff)
    locator.writeUInt32LE(0x07064b50)
    const wide = Buffer.alloc(22, 0xff)
    wide.writeUInt32LE(0x06054b50)
    wide.writeUInt16LE(0, 20)
    writeFileSync(join(all, 'e.zip'), Buffer.concat([locator, wide]))
    writeFileSync(join(all, 'd.json'), JSON.stringify(record('GHSA-1', 'npm', 'lodash')))
    const db = readOsv(all, wanted)
    expect(db).toMatchObject({ records: 1, unread: 4 })
    expect(db.unreadExamples.toSorted().map((e) => e.split(': ')[0])).toSatisfy(
      (names: string[]) => names.length === 3 && names.every((n) => /^[abce]\.zip$/.test(n)),
    )
  })

  it('is no folder that is not there, and no file', () => {
    expect(() => readOsv(join(folder, 'nowhere'), wanted)).toThrow(Unreadable)
    writeFileSync(join(folder, 'file'), '')
    expect(() => readOsv(join(folder, 'file'), wanted)).toThrow(/names no folder/)
  })
})
