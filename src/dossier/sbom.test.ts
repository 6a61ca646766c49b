import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Unreadable } from './sbom-json.ts'
import { lacks, readSbom } from './sbom.ts'

const json = (value: unknown) => Buffer.from(JSON.stringify(value))

/** Complete by NTIA's minimum elements. */
function cycloneDx() {
  const supplier = { name: 'Lab Libraries' }
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: {
      timestamp: '2026-01-01T00:00:00Z',
      authors: [{ name: 'Lab Devices, product security' }],
      component: { type: 'firmware', 'bom-ref': 'hub', name: 'Hub', version: '4.0', supplier, purl: 'pkg:generic/lab/hub@4.0' },
    },
    components: [
      { 'bom-ref': 'a', name: 'lodash', version: '4.17.20', supplier, purl: 'pkg:npm/lodash@4.17.20' } as Record<string, unknown>,
      { 'bom-ref': 'b', group: '@lab', name: 'core', version: '1.0.0', publisher: 'Lab', purl: 'pkg:npm/%40lab/core@1.0.0' },
    ],
    dependencies: [{ ref: 'hub', dependsOn: ['a', 'b'] }],
  }
}

function spdx() {
  const packageOf = (SPDXID: string, name: string, versionInfo: string) => ({
    SPDXID,
    name,
    versionInfo,
    supplier: 'Organization: Lab Libraries',
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: `pkg:deb/debian/${name}@${versionInfo}` },
    ],
  })
  return {
    spdxVersion: 'SPDX-2.3',
    creationInfo: { created: '2026-01-01T00:00:00Z', creators: ['Tool: lab-build-1.0', 'Organization: Lab Devices'] },
    packages: [packageOf('SPDXRef-Hub', 'hub', '4.0'), packageOf('SPDXRef-ssl', 'openssl', '3.0.11-1~deb12u1')],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-Hub' },
      { spdxElementId: 'SPDXRef-Hub', relationshipType: 'CONTAINS', relatedSpdxElement: 'SPDXRef-ssl' },
    ],
  }
}

const TAGS = `# made by hand
SPDXVersion: SPDX-2.2
Creator: Person: A. Builder (a@lab.example)
Created: 2026-01-01T00:00:00Z
PackageName: hub
SPDXID: SPDXRef-Hub
PackageVersion: 4.0
PackageSupplier: Organization: Lab Devices
ExternalRef: PACKAGE-MANAGER purl pkg:generic/hub@4.0
PackageComment: <text>PackageName: not a package
PackageVersion: 9
</text>
PackageName: openssl
SPDXID: SPDXRef-ssl
PackageVersion: 3.0.11
PackageSupplier: NOASSERTION
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-Hub
Relationship: SPDXRef-Hub CONTAINS SPDXRef-ssl
`

const GRAPH = {
  '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
  '@graph': [
    { type: 'CreationInfo', '@id': '_:c', specVersion: '3.0.1', created: '2026-01-01T00:00:00Z', createdBy: ['urn:lab'] },
    { type: 'Organization', spdxId: 'urn:lab', name: 'Lab Devices' },
    { type: 'SpdxDocument', spdxId: 'urn:doc', rootElement: ['urn:hub'] },
    {
      type: 'software_Package',
      spdxId: 'urn:hub',
      name: 'hub',
      software_packageVersion: '4.0',
      software_packageUrl: 'pkg:generic/hub@4.0',
      suppliedBy: 'urn:lab',
    },
    {
      type: 'software_Package',
      spdxId: 'urn:ssl',
      name: 'openssl',
      software_packageVersion: '3.0.11',
      suppliedBy: 'urn:lab',
      externalIdentifier: [{ externalIdentifierType: 'cpe23', identifier: 'cpe:2.3:a:openssl:openssl:3.0.11:*:*:*:*:*:*:*' }],
    },
    { type: 'Relationship', from: 'urn:hub', relationshipType: 'contains', to: ['urn:ssl'] },
  ],
}

describe('bills of materials', () => {
  it('are read as CycloneDX, with all minimum elements', () => {
    const sbom = readSbom(json(cycloneDx()))
    expect(sbom).toMatchObject({
      format: 'CycloneDX 1.5',
      author: 'Lab Devices, product security',
      created: '2026-01-01T00:00:00Z',
      subject: { name: 'Hub', version: '4.0', at: '/metadata/component' },
      components: [
        { name: 'lodash', purl: 'pkg:npm/lodash@4.17.20', at: '/components/0' },
        { name: '@lab/core', supplier: 'Lab', at: '/components/1' },
      ],
    })
    expect(lacks(sbom)).toEqual([])
  })

  it('lack what their twins have, one element each', () => {
    const twins: [string, (bom: ReturnType<typeof cycloneDx>) => void, string | undefined][] = [
      ['supplier name', (bom) => delete bom.components[0]!['supplier'], '/components/0'],
      ['component name', (bom) => (bom.components[0]!['name'] = ' '), '/components/0'],
      ['version', (bom) => delete bom.components[0]!['version'], '/components/0'],
      ['other unique identifier', (bom) => delete bom.components[0]!['purl'], '/components/0'],
      ['dependency relationship', (bom) => bom.dependencies[0]!.dependsOn.shift(), '/components/0'],
      ['author of the data', (bom) => bom.metadata.authors.pop(), undefined],
      ['timestamp', (bom) => (bom.metadata.timestamp = 'yesterday'), undefined],
    ]
    for (const [element, spoil, at] of twins) {
      const bom = cycloneDx()
      spoil(bom)
      const found = lacks(readSbom(json(bom)))
      expect(found).toMatchObject([{ element, count: 1 }])
      expect([element, found[0]!.examples.map((e) => e.at)]).toEqual([element, at === undefined ? [] : [at]])
    }
  })

  it('are read with components within components, and other identifiers', () => {
    const bom = { ...cycloneDx(), dependencies: undefined }
    bom.components[0]!['components'] = [{ name: 'inner', cpe: 'cpe:2.3:a:x:y:1:*:*:*:*:*:*:*' }]
    const { components } = readSbom(json(bom))
    expect(components.map(({ name, identified, related, at }) => [name, identified, related, at])).toEqual([
      ['lodash', true, false, '/components/0'],
      ['inner', true, true, '/components/0/components/0'],
      ['@lab/core', true, false, '/components/1'],
    ])
  })

  it('are read as SPDX 2 and 3, JSON and tag-value', () => {
    const sbom = readSbom(json(spdx()))
    expect(sbom).toMatchObject({
      format: 'SPDX 2.3',
      author: 'Lab Devices',
      subject: { name: 'hub', at: '/packages/0' },
      components: [
        { name: 'openssl', version: '3.0.11-1~deb12u1', purl: 'pkg:deb/debian/openssl@3.0.11-1~deb12u1', at: '/packages/1' },
      ],
    })
    expect(lacks(sbom)).toEqual([])

    const tags = readSbom(Buffer.from(TAGS))
    expect(tags).toMatchObject({
      format: 'SPDX 2.2 tag-value',
      author: 'A. Builder (a@lab.example)',
      subject: { name: 'hub', version: '4.0', purl: 'pkg:generic/hub@4.0', at: 'line 5' },
      components: [{ name: 'openssl', version: '3.0.11', at: 'line 13' }],
    })
    expect(lacks(tags).map(({ element, count }) => [element, count])).toEqual([
      ['supplier name', 1],
      ['other unique identifier', 1],
    ])

    const graph = readSbom(json(GRAPH))
    expect(graph).toMatchObject({
      format: 'SPDX 3.0.1',
      author: 'Lab Devices',
      subject: { name: 'hub', purl: 'pkg:generic/hub@4.0', supplier: 'Lab Devices', at: '/@graph/3' },
      components: [{ name: 'openssl', version: '3.0.11', identified: true, at: '/@graph/4' }],
    })
    expect(lacks(graph)).toEqual([])
  })

  const npm = spawnSync('sh', ['-c', 'command -v npm']).status === 0
  it.skipIf(!npm)('are read as npm writes them, in both formats the same', () => {
    const [cyclonedx, spdx] = ['cyclonedx', 'spdx'].map((format) => {
      const args = ['sbom', '--package-lock-only', '--sbom-format', format]
      const { stdout } = spawnSync('npm', args, { cwd: fileURLToPath(new URL('../..', import.meta.url)), maxBuffer: 1 << 24 })
      const sbom = readSbom(stdout)
      // npm tells neither who supplied a package nor who has made the document
      expect(lacks(sbom).map(({ element }) => element)).toEqual(['supplier name', 'author of the data'])
      expect(sbom.subject).toMatchObject({ version: expect.any(String), purl: expect.stringMatching(/^pkg:npm\/assay@/) })
      return sbom.components.map(({ name, version, purl }) => [name, version, purl])
    })
    expect(cyclonedx!.length).toBeGreaterThan(50)
    expect(spdx).toEqual(cyclonedx)
  })

  it('have a tool for no author', () => {
    const document = spdx()
    document.creationInfo.creators.pop()
    expect(lacks(readSbom(json(document)))).toMatchObject([{ element: 'author of the data' }])
  })

  it('are refused with what is wrong', () => {
    const deep: Record<string, unknown> = {}
    for (let inner = deep, i = 0; i < 40; i++) {
      const next = {}
      inner['components'] = [next]
      inner = next
    }
    for (const [bytes, why] of [
      ['<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"/>', /it is XML/],
      ['hello', /neither JSON nor SPDX tag-value/],
      ['{"bomFormat":', /it is no JSON/],
      ['{}', /neither CycloneDX .* nor SPDX/],
      ['{"bomFormat":"CycloneDX","specVersion":"1.0"}', /CycloneDX 1.0; 1.2 to 1.6 are read/],
      ['{"spdxVersion":"SPDX-1.2"}', /SPDX-1.2; SPDX 2.2/],
      ['{"@graph":[]}', /without a CreationInfo/],
      [JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', ...deep }), /nested deeper than 32/],
      [`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[${'{},'.repeat(200_000)}{}]}`, /more than 200000 components/],
      [`SPDXVersion: SPDX-2.3\n${'PackageName: a\n'.repeat(200_001)}`, /more than 200000 components/],
      [Buffer.from('{"\xff":1}', 'latin1'), /no UTF-8/],
      [Buffer.alloc(50e6 + 1, '{'), /50000001 bytes; more than/],
    ] as const) {
      expect(() => readSbom(Buffer.from(bytes))).toThrow(Unreadable)
      expect(() => readSbom(Buffer.from(bytes))).toThrow(why)
    }
  })

  it('cost no more memory than a large one does', () => {
    const before = process.memoryUsage().heapUsed
    for (const [text, why] of [
      [`{"x":${'['.repeat(25e6 - 10)}${']'.repeat(25e6 - 10)}}`, /nested deeper than 128/],
      [`{"x":[${'{},'.repeat(16e6)}0]}`, /more than 4000000 objects and lists/],
      [`{"x":[${'0,'.repeat(24e6)}0]}`, /more than 16000000 values/],
      [`{"x":"${'[{,'.repeat(1000)}\\"","y":1}`, /neither CycloneDX/],
    ] as const) {
      const bytes = Buffer.from(text)
      expect(() => readSbom(bytes)).toThrow(why)
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300e6)
  })

  it('are read or refused, whatever their fields hold', () => {
    const any = fc.jsonValue({ maxDepth: 3 })
    fc.assert(
      fc.property(any, any, any, any, (a, b, c, d) => {
        for (const document of [
          {
            bomFormat: 'CycloneDX',
            specVersion: '1.5',
            metadata: a,
            components: [b, { components: c }],
            dependencies: d,
            vulnerabilities: [a, { id: 'x', analysis: b, affects: c }],
          },
          { spdxVersion: 'SPDX-2.3', creationInfo: a, packages: [b, { externalRefs: c }], relationships: [d, a] },
          {
            '@graph': [
              { type: 'CreationInfo', specVersion: '3.0', createdBy: a },
              b,
              { type: 'software_Package', name: c, externalIdentifier: d },
            ],
          },
        ])
          try {
            lacks(readSbom(json(document)))
          } catch (error) {
            expect(error).toBeInstanceOf(Unreadable)
          }
      }),
      { numRuns: 500, seed: 26 },
    )
  })

  it('show nothing that could rewrite a terminal', () => {
    const bom = cycloneDx()
    bom.components[0]!['name'] = 'a\u001b[2Jb\u202ec'
    expect(readSbom(json(bom)).components[0]!.name).toBe('a\uFFFD[2Jb\uFFFDc')
  })
})
