import { createHash, type KeyObject, randomUUID, sign } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Maker } from './names.ts'

/** The library in both twins: the version in the poor one has a weakness that the lab's database knows. */
const LIBRARY = 'pkg:npm/lab-parser'

/** What the dossiers lead to, written beside them: bills of materials, the sound maker's signed manifest, and a database in `osv/`. */
export function writeDocuments(folder: string, today: string, key: KeyObject): void {
  write(folder, 'plug-2.4.1.cdx.json', JSON.stringify(billOf('sound', today), null, 2))
  write(folder, 'plug-1.0.0.cdx.json', JSON.stringify(billOf('poor', today), null, 2))
  write(folder, 'plug-2.4.1.suit', manifest(Buffer.from('an image of the lab'), key))
  mkdirSync(join(folder, 'osv'), { recursive: true })
  write(
    folder,
    'osv/LAB-2026-1.json',
    JSON.stringify({
      schema_version: '1.6.0',
      id: 'LAB-2026-1',
      modified: `${today}T00:00:00Z`,
      summary: 'The parser of the lab reads too far',
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      affected: [
        {
          package: { ecosystem: 'npm', name: 'lab-parser', purl: LIBRARY },
          ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }],
        },
      ],
    }),
  )
}

function write(folder: string, name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content)
}

/** CycloneDX 1.5; the poor maker's lacks what NTIA asks for. */
function billOf(maker: Maker, today: string): object {
  const good = maker === 'sound'
  const version = good ? '1.2.3' : '1.0.0'
  const purl = `${LIBRARY}@${version}`
  const supplier = { name: 'Lab Libraries' }
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    ...(good ? { serialNumber: `urn:uuid:${randomUUID()}` } : {}),
    metadata: {
      ...(good ? { timestamp: `${today}T00:00:00Z`, authors: [{ name: 'Sound Things GmbH' }] } : {}),
      component: {
        type: 'firmware',
        name: 'plug',
        version: good ? '2.4.1' : '1.0.0',
        'bom-ref': 'plug',
        ...(good ? { supplier: { name: 'Sound Things GmbH' }, purl: 'pkg:generic/plug@2.4.1' } : {}),
      },
    },
    components: [{ type: 'library', name: 'lab-parser', version, 'bom-ref': 'parser', purl, ...(good ? { supplier } : {}) }],
    ...(good ? { dependencies: [{ ref: 'plug', dependsOn: ['parser'] }, { ref: 'parser' }] } : {}),
  }
}

/**
 * A SUIT envelope (draft-ietf-suit-manifest) around one component's digest, signed with Ed25519 (COSE_Sign1, RFC 9052 section 4.4).
 * Written out by hand: no decoder of ours has a part in it.
 */
function manifest(image: Uint8Array, key: KeyObject): Buffer {
  const digest = (of: Uint8Array) => array(int(-16), bstr(createHash('sha256').update(of).digest()))
  const override = array(int(20), map([int(3), bstr(digest(image))], [int(14), int(image.length)]), int(3), int(15))
  const common = map([int(2), array(array(bstr(Buffer.from([0]))))], [int(4), bstr(override)])
  const body = map([int(1), int(1)], [int(2), int(241)], [int(3), bstr(common)])
  const signed = digest(bstr(body))
  const header = bstr(map([int(1), int(-8)]))
  const toSign = array(tstr('Signature1'), header, bstr(Buffer.alloc(0)), bstr(signed))
  const sign1 = Buffer.concat([Buffer.from([0xd2]), array(header, map(), Buffer.from([0xf6]), bstr(sign(null, toSign, key)))])
  return Buffer.concat([Buffer.from([0xd8, 107]), map([int(2), bstr(array(bstr(signed), bstr(sign1)))], [int(3), bstr(body)])])
}

/** RFC 8949 section 3: a head, of a major type and an argument below 65,536. */
function head(major: number, n: number): Buffer {
  const top = major << 5
  if (n < 24) return Buffer.from([top | n])
  return n < 256 ? Buffer.from([top | 24, n]) : Buffer.from([top | 25, n >> 8, n & 0xff])
}
const int = (n: number) => (n >= 0 ? head(0, n) : head(1, -1 - n))
const bstr = (bytes: Uint8Array) => Buffer.concat([head(2, bytes.length), bytes])
const tstr = (text: string) => Buffer.concat([head(3, text.length), Buffer.from(text)])
const array = (...items: Buffer[]) => Buffer.concat([head(4, items.length), ...items])
const map = (...pairs: [Buffer, Buffer][]) => Buffer.concat([head(5, pairs.length), ...pairs.flat()])
