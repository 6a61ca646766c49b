import { createPublicKey } from 'node:crypto'
import { readSbom, lacks } from '../../src/dossier/sbom.ts'
import { Unreadable } from '../../src/dossier/sbom-json.ts'
import { readSuit } from '../../src/dossier/suit.ts'
import { readTuf } from '../../src/dossier/tuf.ts'
import { readVex } from '../../src/dossier/vex.ts'
import type { Target } from '../target.ts'

/** Example 0 of draft-ietf-suit-manifest (appendix B.1), and the key that its examples are signed with. */
const SUIT = Buffer.from(
  'd86ba2025873825824822f58206658ea560262696dd1f13b782239a064da7c6c5cbaf52fded428a6fc83c7e5af584ad28443a10126a0f65840408d0816' +
    'f9b510749bf6a51b066951e08a4438f849eb092a1ac768eed9de696c1b1dd35d82ef149e6a73a61976ad2cfe78444b8064293350a122f332cb49f0da03' +
    '5871a50101020003585fa202818141000458568614a40150fa6b4a53d5ad5fdfbe9de663e4d41ffe02501492af1425695e48bf429b2d51f2ab45035824' +
    '822f582000112233445566778899aabbccddeeff0123456789abcdeffedcba98765432100e1987d0010f020f074382030f0943821702',
  'hex',
)
const KEY = createPublicKey(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhJaBGq4LqqvSYVcYnuzaJr6qi/Eb
bz/m4rVlnIXbwK07HypLbAmBMcCjbazR14vTgdzfsJwFLbM5kdtzOLSolg==
-----END PUBLIC KEY-----
`)

const TEXTS = [
  '{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"timestamp":"2026-01-01T00:00:00Z","authors":[{"name":"a"}],"component":{"bom-ref":"h","name":"h"}},"components":[{"bom-ref":"a","name":"n","version":"1","purl":"pkg:npm/n@1","components":[{"name":"i"}]}],"dependencies":[{"ref":"h","dependsOn":["a"]}],"vulnerabilities":[{"id":"CVE-1","analysis":{"state":"not_affected","justification":"code_not_present"},"affects":[{"ref":"urn:cdx:x/1#a"}]}]}',
  '{"spdxVersion":"SPDX-2.3","creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Organization: a"]},"packages":[{"SPDXID":"SPDXRef-a","name":"n","versionInfo":"1","supplier":"Person: b","externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:deb/debian/n@1"}]}],"relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-a"}]}',
  'SPDXVersion: SPDX-2.2\nCreator: Person: a\nCreated: 2026-01-01T00:00:00Z\nPackageName: n\nSPDXID: SPDXRef-a\nPackageVersion: 1\nPackageComment: <text>a\nb</text>\nExternalRef: PACKAGE-MANAGER purl pkg:generic/n@1\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a\n',
  '{"@graph":[{"type":"CreationInfo","specVersion":"3.0.1","createdBy":["urn:a"]},{"type":"Organization","spdxId":"urn:a","name":"a"},{"type":"software_Package","spdxId":"urn:p","name":"n","software_packageUrl":"pkg:npm/n@1"}]}',
  '{"@context":"https://openvex.dev/ns/v0.2.0","author":"a","timestamp":"2026-01-01T00:00:00Z","statements":[{"vulnerability":{"name":"CVE-1","aliases":["X"]},"products":[{"@id":"pkg:npm/n@1","subcomponents":[{"@id":"pkg:npm/m"}]}],"status":"fixed"}]}',
  '{"document":{"csaf_version":"2.0"},"product_tree":{"branches":[{"product":{"product_id":"P","name":"p"}}],"relationships":[{"product_reference":"P","relates_to_product_reference":"P","full_product_name":{"product_id":"Q"}}]},"vulnerabilities":[{"cve":"CVE-1","product_status":{"known_affected":["P","Q"]},"flags":[{"label":"l","product_ids":["P"]}]}]}',
  '{"signatures":[{"keyid":"k","sig":"00"}],"signed":{"_type":"root","spec_version":"1.0","version":1,"expires":"2030-01-01T00:00:00Z","keys":{"k":{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"16b7d48bb6bf00dd8d3bcbea04c5937f85334dcc4e5be73b62ec551778962def"}}},"roles":{"root":{"keyids":["k"],"threshold":1}}}}',
]

/** Files that a maker's dossier leads to: each reader takes them all, and refuses in words what it cannot read. */
export const supply: Target = {
  name: 'supply',
  seeds: async () => [SUIT, ...TEXTS.map((text) => Buffer.from(text))],
  run(input) {
    read(() => lacks(readSbom(input)))
    read(() => readVex(input))
    read(() => {
      const { signedBy, broken } = readSuit(input, [KEY], () => input)
      // nobody but the holder of the key can sign another one
      const manifest = SUIT.subarray(SUIT.length - 113)
      if (signedBy !== undefined && broken === undefined && Buffer.from(input).indexOf(manifest) < 0)
        throw new Error('a manifest that was not signed verifies')
    })
    read(() => {
      const { anchored, broken } = readTuf(input, () => input, [KEY], false)
      if (anchored && broken === undefined) throw new Error('metadata that was not signed verifies')
    })
  },
}

function read(take: () => unknown): void {
  try {
    take()
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    if (!/^[\x20-\x7e\u00a0-\uffff]{1,500}$/.test(error.message))
      throw new Error('a reason that cannot be shown', { cause: error })
  }
}
