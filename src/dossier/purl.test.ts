import { describe, expect, it } from 'vitest'
import { parsePurl } from './purl.ts'

describe('package URLs', () => {
  it('are read as the examples of their specification', () => {
    for (const [text, wanted] of [
      ['pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie', ['deb', 'debian', 'curl', '7.50.3-1']],
      [
        'pkg:golang/google.golang.org/genproto#googleapis/api/annotations',
        ['golang', 'google.golang.org', 'genproto', undefined],
      ],
      ['pkg:npm/%40angular/animation@12.3.1', ['npm', '@angular', 'animation', '12.3.1']],
      ['pkg:npm/@angular/animation', ['npm', '@angular', 'animation', undefined]],
      [
        'pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1?packaging=sources',
        ['maven', 'org.apache.xmlgraphics', 'batik-anim', '1.9.1'],
      ],
      ['pkg:PYPI/Django_Package@1.11.1.dev1', ['pypi', undefined, 'django-package', '1.11.1.dev1']],
      [
        'pkg:GitHub/Package-url/Purl-Spec@244fd47e07d1004f0aed9c',
        ['github', 'package-url', 'purl-spec', '244fd47e07d1004f0aed9c'],
      ],
      ['pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25', ['rpm', 'fedora', 'curl', '7.50.3-1.fc25']],
      ['pkg://gem/ruby-advisory-db-check@0.12.4', ['gem', undefined, 'ruby-advisory-db-check', '0.12.4']],
      [
        'pkg:generic/openssl@1.1.10g?download_url=https://openssl.org/source/openssl-1.1.0g.tar.gz',
        ['generic', undefined, 'openssl', '1.1.10g'],
      ],
      ['pkg:deb/debian/libfoo@1%3A2.0-1', ['deb', 'debian', 'libfoo', '1:2.0-1']],
    ] as const) {
      const found = parsePurl(text)
      expect([text, [found?.type, found?.namespace, found?.name, found?.version]]).toEqual([text, wanted])
    }
    expect(parsePurl('pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie')?.qualifiers).toEqual({
      arch: 'i386',
      distro: 'jessie',
    })
  })

  it('are nothing else', () => {
    for (const text of [
      '',
      'pkg:',
      'pkg:npm',
      'pkg:npm/',
      'npm/lodash@1',
      'pkg:n m/x',
      'https://example.com',
      `pkg:npm/${'a'.repeat(3000)}`,
      'pkg:/x@1',
    ])
      expect([text, parsePurl(text)]).toEqual([text, undefined])
    expect(parsePurl('pkg:npm/%ff%fe@%zz')).toMatchObject({ name: '%ff%fe', version: '%zz' })
  })
})
