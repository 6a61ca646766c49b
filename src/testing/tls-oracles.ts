import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a scanner of TLS says of a server. Fields that it does not say are left out. */
export interface TlsSaid {
  of: 'sslscan' | 'testssl'
  versions: string[]
  /** By version, the numbers of suites. */
  suites?: Record<string, number[]>
  /** By version, the suite that it would choose of all. */
  preferred?: Record<string, number>
  groups?: number[]
  dhBits?: number
  certificates: { sha256: string; keyBits?: number; signatureAlgorithm?: string; notBefore?: string; notAfter?: string }[]
  secureRenegotiation?: boolean
  clientRenegotiation?: boolean
  compression?: boolean
  fallbackScsv?: boolean
}

/** sslscan: what it says, in XML. `more`: '--starttls-smtp' and the like. */
export async function sslscan(port: number, ...more: string[]): Promise<TlsSaid> {
  const stdout = await run('sslscan', [
    '--no-colour',
    '--show-certificate',
    '--no-heartbleed',
    '--timeout=10',
    '--xml=-',
    ...more,
    `127.0.0.1:${port}`,
  ])
  const tags = (name: string) =>
    [...stdout.matchAll(new RegExp(`<${name} ([^>]*?)/?>`, 'g'))].map(([, attributes]) =>
      Object.fromEntries([...attributes!.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!])),
    )
  const suites: Record<string, number[]> = {}
  const preferred: Record<string, number> = {}
  let dhBits: number | undefined
  for (const { status, sslversion, id, dhebits } of tags('cipher')) {
    const version = sslversion!.replace('v', ' ')
    ;(suites[version] ??= []).push(Number(id))
    if (status === 'preferred') preferred[version] = Number(id)
    if (dhebits !== undefined) dhBits = Math.min(dhBits ?? Infinity, Number(dhebits))
  }
  const [renegotiation] = tags('renegotiation')
  const [fallback] = tags('fallback')
  const [compression] = tags('compression')
  return {
    of: 'sslscan',
    versions: tags('protocol')
      .filter(({ enabled }) => enabled === '1')
      .map(({ type, version }) => `${type!.toUpperCase()} ${version!.includes('.') ? version : `${version}.0`}`),
    ...(more.includes('--no-ciphersuites') ? {} : { suites, preferred }),
    ...(more.includes('--no-groups') ? {} : { groups: [...new Set(tags('group').map(({ id }) => Number(id)))] }),
    ...(dhBits === undefined ? {} : { dhBits }),
    certificates: [
      ...new Set([...stdout.matchAll(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g)].map(([pem]) => pem)),
    ]
      .slice(0, 1)
      .map((pem) => ({
        sha256: new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase(),
        ...(/Public-Key: \((\d+) bit\)/.test(stdout) ? { keyBits: Number(/Public-Key: \((\d+) bit\)/.exec(stdout)![1]) } : {}),
        signatureAlgorithm: /<signature-algorithm>\s*(?:Signature Algorithm: )?(\S+)/.exec(stdout)?.[1] ?? '',
        notBefore: iso(/<not-valid-before>([^<]*)/.exec(stdout)?.[1]),
        notAfter: iso(/<not-valid-after>([^<]*)/.exec(stdout)?.[1]),
      })),
    // "not supported" is said where no connection came about, too
    ...(renegotiation?.['supported'] === '1' ? { secureRenegotiation: renegotiation['secure'] === '1' } : {}),
    ...(fallback ? { fallbackScsv: fallback['supported'] === '1' } : {}),
    ...(compression ? { compression: compression['supported'] === '1' } : {}),
  }
}

/** What a program printed, whatever its exit status says. The server may be of this process: it must not wait. */
function run(program: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 600_000, maxBuffer: 1 << 26 }, (_error, stdout) => resolve(stdout))
  })
}

function iso(date: string | undefined): string {
  return date === undefined ? '' : new Date(date).toISOString().replace('.000Z', 'Z')
}

/** testssl.sh, of which only protocols are asked; in full also each suite, certificates, renegotiation, compression and fallback. It is slow. */
export async function testssl(port: number, full: boolean): Promise<TlsSaid> {
  const dir = mkdtempSync(join(tmpdir(), 'assay-testssl-'))
  try {
    const file = join(dir, 'said.json')
    await run('testssl', [
      '--quiet',
      '--color',
      '0',
      '--warnings',
      'off',
      '--nodns',
      'none',
      ...(full ? ['-E', '-S', '-R', '-C', '-Z'] : []),
      '-p',
      '--jsonfile',
      file,
      `127.0.0.1:${port}`,
    ])
    const said = JSON.parse(readFileSync(file, 'utf8')) as { id: string; finding: string; severity: string }[]
    const of = (id: string) => said.find((one) => one.id === id)?.finding
    const suites: Record<string, number[]> = {}
    let dhBits: number | undefined
    for (const { id, finding } of said) {
      const found = /^cipher-(\w+?)_x([0-9a-f]+)$/.exec(id)
      if (!found) continue
      const version = VERSIONS[found[1]!] ?? found[1]!
      ;(suites[version] ??= []).push(parseInt(found[2]!, 16))
      const bits = /\bDH[ (](\d+)/.exec(finding)
      if (bits) dhBits = Math.min(dhBits ?? Infinity, Number(bits[1]))
    }
    const certificates = said
      .filter(({ id }) => id.startsWith('cert_fingerprintSHA256'))
      .map(({ id, finding }) => {
        const which = id.slice('cert_fingerprintSHA256'.length)
        const keyBits = /(\d+) bits/.exec(of(`cert_keySize${which}`) ?? '')?.[1]
        return { sha256: finding.toLowerCase(), ...(keyBits === undefined ? {} : { keyBits: Number(keyBits) }) }
      })
    const yes = (id: string, good: RegExp, bad: RegExp) =>
      good.test(of(id) ?? '') ? true : bad.test(of(id) ?? '') ? false : undefined
    const facts = {
      secureRenegotiation: yes('secure_renego', /^supported/, /^VULNERABLE|not supported/),
      clientRenegotiation: yes('secure_client_renego', /^VULNERABLE/, /^not vulnerable/),
      compression: yes('CRIME_TLS', /VULNERABLE/, /^not vulnerable/),
      fallbackScsv: yes('fallback_SCSV', /^supported/, /^NOT supported|not supported/i),
    }
    return {
      of: 'testssl',
      versions: Object.entries(VERSIONS).flatMap(([id, name]) =>
        /^(offered|vulnerable with)/.test(of(TESTSSL_IDS[id] ?? '') ?? '') ? [name] : [],
      ),
      ...(full ? { suites } : {}),
      ...(dhBits === undefined ? {} : { dhBits }),
      certificates,
      ...Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)),
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const VERSIONS: Readonly<Record<string, string>> = {
  ssl2: 'SSL 2.0',
  ssl3: 'SSL 3.0',
  tls1: 'TLS 1.0',
  tls1_1: 'TLS 1.1',
  tls1_2: 'TLS 1.2',
  tls1_3: 'TLS 1.3',
}
const TESTSSL_IDS: Readonly<Record<string, string>> = {
  ssl2: 'SSLv2',
  ssl3: 'SSLv3',
  tls1: 'TLS1',
  tls1_1: 'TLS1_1',
  tls1_2: 'TLS1_2',
  tls1_3: 'TLS1_3',
}
