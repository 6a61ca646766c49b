import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seeded } from '../testing/seeded.ts'
import { compareDpkg } from './versions-dpkg.ts'
import { compareMaven } from './versions-maven.ts'
import { comparePep440 } from './versions-pep440.ts'
import { compareRpm, compareRpmPart } from './versions-rpm.ts'
import { type Compare, orderOf } from './versions.ts'

/** 'a < b', one a line: both ways round. */
function holds(compare: Compare, lines: string): void {
  for (const line of lines.trim().split('\n')) {
    const [a, sign, b] = line.trim().split(/\s+/) as [string, string, string]
    const wanted = sign === '<' ? -1 : sign === '>' ? 1 : 0
    expect([line, Math.sign(compare(a, b)!), Math.sign(compare(b, a)!)]).toEqual([line, wanted, 0 - wanted || 0])
  }
}

/** Versions that meet in their beginnings, so that what comes late is compared too. */
function versions(pieces: readonly string[], count: number): string[] {
  const next = seeded(20_261_130)
  return Array.from({ length: count }, () => {
    let text = String(next(3))
    for (let i = next(6); i > 0; i--) text += pieces[next(pieces.length)]!
    return text
  })
}

const pairs = (list: readonly string[]) => list.slice(1).map((b, i) => [list[i]!, b] as const)

const installed = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

describe('versions in the order of their ecosystems', () => {
  it('semver: section 11 of its specification', () => {
    const order = orderOf('npm')!
    holds(
      order,
      `1.0.0 < 2.0.0
       2.0.0 < 2.1.0
       2.1.0 < 2.1.1
       1.0.0-alpha < 1.0.0
       1.0.0-alpha < 1.0.0-alpha.1
       1.0.0-alpha.1 < 1.0.0-alpha.beta
       1.0.0-alpha.beta < 1.0.0-beta
       1.0.0-beta < 1.0.0-beta.2
       1.0.0-beta.2 < 1.0.0-beta.11
       1.0.0-beta.11 < 1.0.0-rc.1
       1.0.0-rc.1 < 1.0.0
       1.0.0+a = 1.0.0+b
       v1.2 = 1.2.0
       9007199254740993.0.0 > 9007199254740992.0.0`,
    )
    expect(order('1.0.0', 'latest')).toBeUndefined()
    expect(order('1.0.0', '1.2.3.4')).toBeUndefined()
  })

  it('NuGet: a fourth number, and no regard to case', () => {
    holds(orderOf('NuGet')!, '1.0.0.1 > 1.0.0\n1.0.0.0 = 1.0.0\n1.0.0-BETA = 1.0.0-beta\n1.0.0-beta < 1.0.0')
  })

  it('Debian: the examples of deb-version(7)', () => {
    holds(
      orderOf('Debian:12')!,
      `~~ < ~~a
       ~~a < ~
       1.0~beta1 < 1.0
       1.0 < 1.0a
       1:0.4 > 10.3
       1.0-1 < 1.0-1+deb12u1
       1.0 = 1.0-0
       1.0+b1 > 1.0a`,
    )
    expect(compareDpkg('1.0 2', '1.0')).toBeUndefined()
  })

  it.skipIf(!installed('dpkg'))('Debian: as dpkg itself compares 400 pairs', () => {
    const list = versions(['.', '-', '~', '+', 'a', 'Z', '0', '1', '10', 'rc', '.0'], 401)
      // an empty revision is none
      .map((v, i) => (i % 7 ? v : `1:${v}`).replace(/-$/, '-1'))
    const script = 'while read -r a b; do for o in lt eq gt; do dpkg --compare-versions "$a" $o "$b" && echo $o; done; done'
    const input = pairs(list)
      .map(([a, b]) => `${a} ${b}\n`)
      .join('')
    const told = spawnSync('sh', ['-c', script], { input, encoding: 'utf8' }).stdout.trim().split('\n')
    expect(told).toHaveLength(400)
    const ours = pairs(list).map(([a, b]) => ['lt', 'eq', 'gt'][Math.sign(compareDpkg(a, b)!) + 1])
    expect(pairs(list).map((pair, i) => [pair, ours[i]])).toEqual(pairs(list).map((pair, i) => [pair, told[i]]))
  })

  it("RPM: of rpm's own tests (rpmvercmp.at)", () => {
    holds(
      compareRpmPart,
      `2.0.1a > 2.0.1
       5.5p1 < 5.5p2
       5.5p10 > 5.5p1
       10xyz < 10.1xyz
       xyz10 < xyz10.1
       xyz.4 < 8
       xyz.4 < 2
       5.5p2 < 5.6p1
       6.0.rc1 > 6.0
       10b2 > 10a1
       1.0a < 1.0aa
       10.0001 = 10.1
       10.0001 < 10.0039
       2.0 = 2_0
       +a = _a
       1.0~rc1 < 1.0
       1.0~rc1 < 1.0~rc2
       1.0~rc1~git123 < 1.0~rc1
       1.0^ > 1.0
       1.0^git1 < 1.0^git2
       1.0^git1 < 1.01
       1.0^20160101 < 1.0.1
       1.0~rc1^git1 > 1.0~rc1
       1.0^git1~pre < 1.0^git1`,
    )
    holds(compareRpm, '1:1.0-1 > 2.0-1\n1.0-1.el9 < 1.0-2.el9\n1.0 = 1.0-5')
  })

  it.skipIf(!installed('rpm'))('RPM: as rpm itself compares 400 pairs', () => {
    const list = versions(['.', '_', '~', '^', 'a', 'Z', '0', '1', '10', 'rc'], 401)
    const script = pairs(list)
      .map(([a, b]) => `print(rpm.vercmp("${a}", "${b}"), "")`)
      .join(' ')
    const told = spawnSync('rpm', ['--eval', `%{lua: ${script}}`], { encoding: 'utf8' })
      .stdout.trim()
      .split(/\s+/)
    const ours = pairs(list).map(([a, b]) => String(Math.sign(compareRpmPart(a, b))))
    expect(pairs(list).map((pair, i) => [pair, ours[i]])).toEqual(pairs(list).map((pair, i) => [pair, told[i]]))
  })

  it("Alpine: of apk-tools' own tests (version.data)", () => {
    holds(
      orderOf('Alpine:v3.20')!,
      `2.34 > 0.1.0_alpha
       0.1.0_alpha2 > 0.1.0_alpha
       1.0.4-r3 < 1.0.4-r4
       1.1 > 1.1_alpha1
       1.3_alpha < 1.3_alpha2
       2.3.0b-r1 < 2.3.0b-r2
       0.13_beta1 < 0.13_beta2
       3.1_p16 < 3.1_p17
       1.06-r6 < 006
       1.2.2-r1 > 1.2.2
       9.3.2-r4 < 9.3.4-r2
       2.01.01_alpha10 > 0.94
       1.0 > 0.99.3.20040818
       1.6 < 1.39
       2.59 < 20050718-r1
       1.02.07 < 1.02.10-r1
       2.0.5-r1 < 4.5
       2.18.3-r10 > 1.05-r18
       0.9.8c-r1 < 0.9.8d
       4.5_p1 < 4.5_p1-r1
       2.9.11_pre20051101 < 2.9.11_pre20061021-r1
       1.7 < 1.7b
       1.8.5 < 1.8.5_p2
       0.9.28.1 > 0.9.28
       6b-r7 > 1.12-r7
       0.10.0 < 0.10.1_rc1
       1.3-r0 < 1.3.1-r0
       1.3_pre1-r1 < 1.3.2
       1.0_p10-r0 > 1.0_p9-r0
       0.1.0_alpha_pre2 < 0.1.0_alpha
       1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0`,
    )
    expect(orderOf('Alpine')!('1.0bc', '1.0')).toBeUndefined()
  })

  it('Python: the summary of PEP 440', () => {
    holds(
      orderOf('PyPI')!,
      `1.0.dev456 < 1.0a1
       1.0a1 < 1.0a2.dev456
       1.0a2.dev456 < 1.0a12.dev456
       1.0a12.dev456 < 1.0a12
       1.0a12 < 1.0b1.dev456
       1.0b1.dev456 < 1.0b2
       1.0b2 < 1.0b2.post345.dev456
       1.0b2.post345.dev456 < 1.0b2.post345
       1.0b2.post345 < 1.0rc1.dev456
       1.0rc1.dev456 < 1.0rc1
       1.0rc1 < 1.0
       1.0 < 1.0+abc.5
       1.0+abc.5 < 1.0+abc.7
       1.0+abc.7 < 1.0+5
       1.0+5 < 1.0.post456.dev34
       1.0.post456.dev34 < 1.0.post456
       1.0.post456 < 1.1.dev1
       1!0.1 > 2024.1
       1.0 = 1.0.0`,
    )
  })

  const python = spawnSync('python3', ['-c', 'import packaging.version']).status === 0
  it.skipIf(!python)('Python: as its packaging library compares 2000 pairs', () => {
    const list = versions(['.1', '.0', 'a1', 'b', 'rc2', '.dev3', '.post1', '-2', '+x.1', '.10'], 2001)
    const script = `
import sys
from packaging.version import Version, InvalidVersion
for line in sys.stdin:
    a, b = line.split()
    try:
        a, b = Version(a), Version(b)
        print((a > b) - (a < b))
    except InvalidVersion:
        print('none')`
    const input = pairs(list)
      .map(([a, b]) => `${a} ${b}\n`)
      .join('')
    const told = spawnSync('python3', ['-c', script], { input, encoding: 'utf8' }).stdout.trim().split('\n')
    const ours = pairs(list).map(([a, b]) => {
      const order = comparePep440(a, b)
      return order === undefined ? 'none' : String(Math.sign(order))
    })
    expect(told.filter((t) => t !== 'none').length).toBeGreaterThan(300)
    expect(pairs(list).map((pair, i) => [pair, ours[i]])).toEqual(pairs(list).map((pair, i) => [pair, told[i]]))
  })

  it('RubyGems: the examples of Gem::Version', () => {
    holds(
      orderOf('RubyGems')!,
      `1.0 = 1
       1.0.a.2 < 1.0.b1
       1.0.b1 < 1.0
       1.0.a10 > 1.0.a9
       2.0.0-rc1 < 2.0.0
       1.2.9 < 1.2.10`,
    )
  })

  it('Maven: the examples of its specification', () => {
    holds(
      orderOf('Maven')!,
      `1 < 1.1
       1-snapshot < 1
       1 < 1-sp
       1-foo2 < 1-foo10
       1.foo = 1-foo
       1-foo < 1-1
       1-1 < 1.1
       1.ga = 1-ga
       1-0 = 1.0
       1-sp > 1-ga
       1-a1 = 1-alpha-1
       1.0-alpha-1 < 1.0-beta-1
       1.0-beta-1 < 1.0-SNAPSHOT
       1.0.RC2 < 1.0-RC3`,
    )
  })

  const jar = ['/usr/share/java/maven3-artifact.jar'].find((path) => existsSync(path))
  it.skipIf(jar === undefined || !installed('java'))('Maven: as its own ComparableVersion compares 600 pairs', () => {
    const list = versions(['.', '-', '0', '1', 'a', 'b1', 'alpha', 'rc', '-snapshot', 'x', '.10', '-sp', '.ga'], 601)
    const classes = `${jar}:/usr/share/java/commons-lang3.jar`
    const main = 'org.apache.maven.artifact.versioning.ComparableVersion'
    const { stdout } = spawnSync('java', ['-cp', classes, main, ...list], { encoding: 'utf8', maxBuffer: 1 << 24 })
    const told = [...stdout.matchAll(/^ {3}\S+ (<|==|>) \S+$/gm)].map(([, sign]) => sign)
    expect(told).toHaveLength(600)
    const ours = pairs(list).map(([a, b]) => ['<', '==', '>'][Math.sign(compareMaven(a, b)!) + 1])
    expect(pairs(list).map((pair, i) => [pair, ours[i]])).toEqual(pairs(list).map((pair, i) => [pair, told[i]]))
  })

  it('says nothing of orders that it does not know, and of versions too long', () => {
    expect(orderOf('Hackage')).toBeUndefined()
    expect(orderOf('__proto__')).toBeUndefined()
    expect(orderOf('npm')!(`1.0.0-${'a'.repeat(300)}`, '1.0.0')).toBeUndefined()
  })
})
