import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Unreadable } from './sbom-json.ts'
import { canonical } from './tuf-canonical.ts'
import { readTuf } from './tuf.ts'

/** Metadata that python-tuf 3.0.0 made, as go-tuf tests against it (client/python_interop/testdata): ed25519, one signature a role. */
const PYTHON_TUF: Record<string, string> = {
  'root.json': JSON.stringify({
    signatures: [
      {
        keyid: '6a6777bdb8d607b2ca394fab722440c9b82557d4c3d694b69ed37f880d0bb359',
        sig: '32a8f36d461328175f3f48852c8c3f5c0b2202e263e66b40171b3aeca4b485e2d21e29b949da816f1f899f537450fa989a2e7356f7469b9d59b9c37eb0388b06',
      },
    ],
    signed: {
      _type: 'root',
      consistent_snapshot: false,
      expires: '2030-01-01T00:00:00Z',
      keys: {
        '6a6777bdb8d607b2ca394fab722440c9b82557d4c3d694b69ed37f880d0bb359': ed(
          '16b7d48bb6bf00dd8d3bcbea04c5937f85334dcc4e5be73b62ec551778962def',
        ),
        '94995c1ecba97e06fc8c65fb881504c62c5906000cbf0fc39bf2ed910690ce91': ed(
          'e8a65a4317ab8a37a8db8ce3785b8745516282425d9b3d3533605a62c729fc9c',
        ),
        b2100105c1dcea16a93bc583fa0a3a6936b5375b1f944eaf6bc8e806c0f43046: ed(
          '34beb06ede086112f38aef9131eee9e480e0d3670e801b97d2e99add6ac0856f',
        ),
        c74276233340a505633ab55237d3ff7c0e2fedb938806d0226d2331e8c5f98f4: ed(
          'b4135ebeaf0850dad533cdc0a2721af9941503ea2009eace713685a47b15be32',
        ),
      },
      roles: {
        root: { keyids: ['6a6777bdb8d607b2ca394fab722440c9b82557d4c3d694b69ed37f880d0bb359'], threshold: 1 },
        snapshot: { keyids: ['94995c1ecba97e06fc8c65fb881504c62c5906000cbf0fc39bf2ed910690ce91'], threshold: 1 },
        targets: { keyids: ['b2100105c1dcea16a93bc583fa0a3a6936b5375b1f944eaf6bc8e806c0f43046'], threshold: 1 },
        timestamp: { keyids: ['c74276233340a505633ab55237d3ff7c0e2fedb938806d0226d2331e8c5f98f4'], threshold: 1 },
      },
      spec_version: '1.0.19',
      version: 1,
    },
  }),
  'timestamp.json': JSON.stringify({
    signatures: [
      {
        keyid: 'c74276233340a505633ab55237d3ff7c0e2fedb938806d0226d2331e8c5f98f4',
        sig: 'f1191748bc8b74751c7e6c3bb0a85a02d54f92214bda78cd3230edf826a9bbf0af15dbf214424e7fb6c7b1a84054ed7a6bb57b05169c52ac0e63da099b9fdd02',
      },
    ],
    signed: {
      _type: 'timestamp',
      expires: '2030-01-01T00:00:00Z',
      meta: { 'snapshot.json': { version: 1 } },
      spec_version: '1.0.19',
      version: 1,
    },
  }),
  'snapshot.json': JSON.stringify({
    signatures: [
      {
        keyid: '94995c1ecba97e06fc8c65fb881504c62c5906000cbf0fc39bf2ed910690ce91',
        sig: '618e99e47678fa0ccc5b664e5b4230de9f529d6456f376ef8ee55a8d94cf4e592e5b1ab5d6789838cbc1e7724af544866be48cd49cb32d3ac9485bb02ec06a0d',
      },
    ],
    signed: {
      _type: 'snapshot',
      expires: '2030-01-01T00:00:00Z',
      meta: { 'targets.json': { version: 1 } },
      spec_version: '1.0.19',
      version: 1,
    },
  }),
  'targets.json': JSON.stringify({
    signatures: [
      {
        keyid: 'b2100105c1dcea16a93bc583fa0a3a6936b5375b1f944eaf6bc8e806c0f43046',
        sig: 'c4ad17cbc0bc54410c135dc74b638c51e1cafbb64f991b0a3e90a526eb63a162c33a73d6fde01ba84775522eb5c724f43c9f3efd7afd5bc469a5814399e31a0f',
      },
    ],
    signed: {
      _type: 'targets',
      expires: '2030-01-01T00:00:00Z',
      spec_version: '1.0.19',
      targets: {
        'dir/file2.txt': { hashes: { sha256: '04e2f59431a9d219321baf7d21b8cc797d7615dc3e9515c782c49d2075658701' }, length: 9 },
        'file1.txt': { hashes: { sha256: '55ae75d991c770d8f3ef07cbfde124ffce9c420da5db6203afab700b27e10cf9' }, length: 9 },
      },
      version: 1,
    },
  }),
}

function ed(value: string) {
  return { keytype: 'ed25519', keyval: { public: value }, scheme: 'ed25519' }
}

const inFolder = (files: Record<string, string | undefined>) => (name: string) =>
  files[name] === undefined ? undefined : Buffer.from(files[name])
const ROOT = createPublicKey({
  key: {
    kty: 'OKP',
    crv: 'Ed25519',
    x: Buffer.from('16b7d48bb6bf00dd8d3bcbea04c5937f85334dcc4e5be73b62ec551778962def', 'hex').toString('base64url'),
  },
  format: 'jwk',
})

describe('TUF metadata', () => {
  it('verifies what python-tuf made', () => {
    const root = Buffer.from(PYTHON_TUF['root.json']!)
    expect(readTuf(root, inFolder(PYTHON_TUF), [ROOT], false)).toEqual({
      root: 1,
      anchored: true,
      thresholds: 'root 1, timestamp 1, snapshot 1, targets 1',
      expires: Date.UTC(2030, 0, 1),
      expiresOf: 'root',
      payloads: 2,
      payloadsHeld: 0,
    })
    // from any of its files; trusted by its digest; by nobody
    expect(readTuf(Buffer.from(PYTHON_TUF['timestamp.json']!), inFolder(PYTHON_TUF), [ROOT], true).anchored).toBe(true)
    expect(readTuf(root, inFolder(PYTHON_TUF), [], true).anchored).toBe(true)
    expect(readTuf(root, inFolder(PYTHON_TUF), [], false).anchored).toBe(false)
    expect(readTuf(Buffer.from(PYTHON_TUF['timestamp.json']!), inFolder(PYTHON_TUF), [], true).anchored).toBe(false)
    // file1.txt of those tests
    expect(readTuf(root, inFolder({ ...PYTHON_TUF, 'file1.txt': 'file1.txt' }), [ROOT], false).payloadsHeld).toBe(1)
    expect(readTuf(root, inFolder({ ...PYTHON_TUF, 'targets/file1.txt': 'file1.txz' }), [ROOT], false).broken).toBe(
      'the payload file1.txt does not have the sha256 digest that is told',
    )
  })

  it('tells each role whose words are changed', () => {
    for (const [name, from, to, why] of [
      ['root.json', '2030', '2031', /^root metadata of version 1 has 0 good of 1 needed signatures$/],
      ['timestamp.json', '2030', '2031', /^timestamp metadata/],
      ['snapshot.json', '2030', '2031', /^snapshot metadata/],
      ['targets.json', '"length":9', '"length":8', /^targets metadata/],
      ['targets.json', '"targets"', '"snapshot"', /^what should be targets metadata says that it is snapshot$/],
    ] as const) {
      const twin = { ...PYTHON_TUF, [name]: PYTHON_TUF[name]!.replace(from, to) }
      expect(readTuf(Buffer.from(twin['root.json']!), inFolder(twin), [ROOT], true).broken).toMatch(why)
    }
    const without = { ...PYTHON_TUF, 'snapshot.json': undefined }
    expect(readTuf(Buffer.from(PYTHON_TUF['root.json']!), inFolder(without), [ROOT], true).broken).toBe(
      'there is no snapshot.json beside it',
    )
  })

  it('follows roots by the old keys and the new, thresholds, consistent snapshots and delegations', () => {
    const made = repository()
    const good = readTuf(made.start, inFolder(made.files), made.makers, false)
    expect(good).toMatchObject({ root: 2, anchored: true, payloads: 2, payloadsHeld: 1, expiresOf: 'timestamp' })
    expect(good.broken).toBeUndefined()

    // twins, each with one fault
    const faults: [string, Parameters<typeof repository>[0], RegExp | undefined][] = [
      ['the new root is signed by the new keys alone', { rotateBy: 'new' }, /^root metadata of version 2 has 0 good of 2/],
      ['and by the old alone', { rotateBy: 'old' }, /^root metadata of version 2 has 0 good of 1/],
      ['one key signs twice where two must', { twice: true }, /^root metadata of version 1 has 1 good of 2/],
      ['the snapshot is another', { snapshotVersion: 4 }, /^3\.snapshot\.json has version 4, where 3 is told$/],
      ['the hash of the targets is another', { hash: '00'.repeat(32) }, /^5\.targets\.json does not have the sha256 digest/],
      ['the length of the snapshot is another', { length: 3 }, /^3\.snapshot\.json has \d+ bytes, where 3 are told$/],
      ['the delegated role is signed by another', { delegatedByOther: true }, /^fw metadata of version 1 has 0 good of 1/],
      ['a root is left out', { nextRoot: 3 }, undefined],
      ['the key is short', { bits: 1024 }, /^timestamp metadata of version 9 has 0 good of 1/],
      ['it never ends', { expires: 'never' }, /^timestamp metadata does not say until when it holds$/],
      ['the scheme is none', { scheme: 'rsa-pkcs1v15-sha256' }, /^timestamp metadata of version 9 has 0 good of 1/],
    ]
    for (const [fault, given, why] of faults) {
      const twin = repository(given)
      const { broken, root } = readTuf(twin.start, inFolder(twin.files), twin.makers, false)
      if (why === undefined) expect([fault, root]).toEqual([fault, 1])
      else expect([fault, broken]).toEqual([fault, expect.stringMatching(why)])
    }
  })

  it('counts no payload whose digest it cannot hold it against', () => {
    const made = repository({ payloadHash: 'blake2b-256' })
    const read = readTuf(made.start, inFolder(made.files), made.makers, false)
    expect(read).toMatchObject({ payloads: 2, payloadsHeld: 0 })
    expect(read.broken).toBeUndefined()
  })

  it('is anchored only where enough of the maker’s keys sign the root', () => {
    const made = repository()
    expect(readTuf(made.start, inFolder(made.files), made.makers.slice(0, 1), false).anchored).toBe(false)
  })

  it('is not made of anything else', () => {
    for (const [text, why] of [
      ['[]', /no TUF metadata/],
      ['{"signed":{"_type":"root","version":0}}', /no TUF metadata/],
      ['{"signed":{"_type":"root","version":1,"spec_version":"2.0"}}', /specification 2.0; 1.0 is read/],
      ['{"signed":{"_type":"timestamp","version":1,"spec_version":"1.0"}}', /no root.json beside it/],
      ['{"signed":{"_type":"root","version":1,"spec_version":"1.0","x":1.5}}', /no integer/],
      [
        `{"signed":{"_type":"root","version":1,"spec_version":"1.0","x":${'['.repeat(50)}${']'.repeat(50)}}}`,
        /nested deeper than 32/,
      ],
      ['\u0000', /no JSON/],
    ] as const) {
      expect(() => readTuf(Buffer.from(text), () => undefined, [], false), text).toThrow(Unreadable)
      expect(() => readTuf(Buffer.from(text), () => undefined, [], false), text).toThrow(why)
    }
  })

  it('writes canonical JSON as its specification has it', () => {
    expect(canonical({ b: [1, -2, true, null], a: 'q"\\\n\u00fc', '\u{10000}': 0, '\uffff': 1 })).toBe(
      '{"a":"q\\"\\\\\n\u00fc","b":[1,-2,true,null],"\uffff":1,"\u{10000}":0}',
    )
  })
})

interface Fault {
  rotateBy?: 'both' | 'old' | 'new'
  twice?: boolean
  snapshotVersion?: number
  hash?: string
  length?: number
  delegatedByOther?: boolean
  nextRoot?: number
  scheme?: string
  bits?: number
  expires?: string
  payloadHash?: string
}

/** A repository with every kind of key, signed over texts that are canonical as they are written here: names in order, no spaces. */
function repository(fault: Fault = {}) {
  const { rotateBy = 'both', twice, snapshotVersion = 3, hash, length, delegatedByOther, nextRoot = 2, scheme } = fault
  const { bits = 2048, expires = '2030-06-01T00:00:00Z', payloadHash = 'sha256' } = fault
  const a = generateKeyPairSync('ed25519')
  const b = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const c = generateKeyPairSync('rsa', { modulusLength: bits })
  const d = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const keys =
    `{"a":{"keytype":"ed25519","keyval":{"public":"${Buffer.from(a.publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('hex')}"},"scheme":"ed25519"},` +
    `"b":{"keytype":"ecdsa","keyval":{"public":"${pem(b.publicKey)}"},"scheme":"ecdsa-sha2-nistp256"},` +
    `"c":{"keytype":"rsa","keyval":{"public":"${pem(c.publicKey)}"},"scheme":"${scheme ?? 'rsassa-pss-sha256'}"},` +
    `"d":{"keytype":"ecdsa","keyval":{"public":"${pem(d.publicKey)}"},"scheme":"ecdsa-sha2-nistp384"}}`
  const sigs = {
    a: (text: string) => sign(null, Buffer.from(text), a.privateKey),
    b: (text: string) => sign('sha256', Buffer.from(text), b.privateKey),
    c: (text: string) => sign('sha256', Buffer.from(text), { key: c.privateKey, padding: 6, saltLength: 32 }),
    d: (text: string) => sign('sha384', Buffer.from(text), d.privateKey),
  }
  const signed = (text: string, ...by: (keyof typeof sigs)[]) =>
    `{"signatures":[${by.map((k) => `{"keyid":"${k}","sig":"${sigs[k](text).toString('hex')}"}`).join(',')}],"signed":${text.replaceAll('\n', '\\n')}}`
  const root = (version: number, ids: string, threshold: number) =>
    `{"_type":"root","consistent_snapshot":true,"expires":"2031-01-01T00:00:00Z","keys":${keys},"roles":{` +
    `"root":{"keyids":${ids},"threshold":${threshold}},"snapshot":{"keyids":["b"],"threshold":1},` +
    `"targets":{"keyids":["a","b"],"threshold":2},"timestamp":{"keyids":["c"],"threshold":1}},"spec_version":"1.0.31","version":${version}}`
  const image = 'an image of the lab'
  const fw =
    `{"_type":"targets","expires":"2031-01-01T00:00:00Z","spec_version":"1.0.31","targets":{"fw/image.bin":{"hashes":{"${payloadHash}":"${sha(image)}"},"length":19},` +
    `"fw/other.bin":{"hashes":{"sha256":"${sha('x')}"},"length":1}},"version":1}`
  const targets =
    `{"_type":"targets","delegations":{"keys":{"d":${JSON.stringify(JSON.parse(keys.replaceAll('\n', '\\n')).d).replaceAll('\\n', '\n')}},"roles":[{"keyids":["d"],"name":"fw","paths":["fw/*"],"terminating":true,"threshold":1}]},` +
    `"expires":"2031-01-01T00:00:00Z","spec_version":"1.0.31","targets":{},"version":5}`
  const targetsFile = signed(targets, 'a', 'b')
  const snapshot =
    `{"_type":"snapshot","expires":"2031-01-01T00:00:00Z","meta":{"fw.json":{"version":1},"targets.json":{"hashes":{"sha256":"${hash ?? sha(targetsFile)}"},"length":${Buffer.byteLength(targetsFile)},"version":5}},` +
    `"spec_version":"1.0.31","version":${snapshotVersion}}`
  const snapshotFile = signed(snapshot, 'b')
  const timestamp = `{"_type":"timestamp","expires":"${expires}","meta":{"snapshot.json":{"length":${length ?? Buffer.byteLength(snapshotFile)},"version":3}},"spec_version":"1.0.31","version":9}`
  const first = signed(root(1, '["a","b"]', 2), ...((twice ? ['a', 'a'] : ['a', 'b']) as 'a'[]))
  const by = { both: ['a', 'b', 'd'], old: ['a', 'b'], new: ['d'] }[rotateBy] as 'a'[]
  const files = {
    '1.root.json': first,
    [`${nextRoot}.root.json`]: signed(root(nextRoot, '["d"]', 1), ...by),
    'timestamp.json': signed(timestamp, 'c'),
    '3.snapshot.json': snapshotFile,
    '5.targets.json': targetsFile,
    '1.fw.json': signed(fw, delegatedByOther ? 'b' : 'd'),
    [payloadHash === 'sha256' ? `targets/fw/${sha(image)}.image.bin` : 'targets/fw/image.bin']: image,
  }
  return { start: Buffer.from(first), files, makers: [a.publicKey, b.publicKey] }
}

function pem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }) as string
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
