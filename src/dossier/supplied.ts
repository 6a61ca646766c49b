import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { dirname } from 'node:path'
import type { Dossier } from './dossier.ts'
import { readSbom, lacks } from './sbom.ts'
import { Unreadable } from './sbom-json.ts'
import type { Sbom } from './sbom-model.ts'
import { readSuit } from './suit.ts'
import { Folder, type Found, type Named } from './supplied-files.ts'
import type { Listed, ManifestVerdict, Supplied, SuppliedDocument, Trouble } from './supplied-model.ts'
import { readTuf } from './tuf.ts'
import { readVex } from './vex.ts'
import { admittedBy, type Said, vulnerabilitiesOf } from './vulnerabilities.ts'

export interface SuppliedOptions {
  /** Folder of an offline OSV database. */
  readonly osv?: string
  /** The audit's documents before these. */
  readonly documents: number
}

/**
 * Reads and verifies what a dossier leads to: bill of materials, statements on vulnerabilities, update manifest. Files are read from the
 * folder of the dossier alone, and nothing is fetched. Never throws for what a maker has written.
 */
export function supplied(dossier: Dossier, folder: string, options: SuppliedOptions): Supplied {
  const files = new Folder(folder)
  const documents: SuppliedDocument[] = []
  const keep = (found: Found, kind: SuppliedDocument['kind'], title: string): number => {
    documents.push({ path: found.path, sha256: found.sha256, kind, title, sealed: found.sealed })
    return options.documents + documents.length - 1
  }

  let sbom: Supplied['sbom']
  let bill: Sbom | undefined
  const said: Said[] = []
  if (dossier.sbom !== undefined)
    sbom = orTrouble('the bill of materials cannot be read', () => {
      const found = files.read(dossier.sbom!)
      bill = readSbom(found.bytes)
      const document = keep(found, 'bill of materials', bill.format)
      for (const statement of bill.statements) said.push({ ...statement, document })
      const { format, author, created } = bill
      return {
        document,
        format,
        components: bill.components.length,
        ...(author === undefined ? {} : { author }),
        ...(created === undefined ? {} : { created }),
        lacks: lacks(bill),
        listed: listedIn(bill),
      }
    })

  const vex: Trouble[] = []
  for (const named of (dossier.vex ?? []).slice(0, 100)) {
    const trouble = orTrouble('a statement on vulnerabilities (VEX) cannot be read', () => {
      const found = files.read(named)
      const { format, statements } = readVex(found.bytes)
      const document = keep(found, 'VEX', format)
      for (const statement of statements) said.push({ ...statement, document })
      return undefined
    })
    if (trouble !== undefined) vex.push(trouble)
  }

  const { manifest, keys = [] } = dossier.updates ?? {}
  const verdict =
    manifest?.kind === undefined ? undefined : manifestOf({ ...manifest, kind: manifest.kind }, keysOf(keys), files, keep)
  const vulnerabilities =
    bill === undefined || options.osv === undefined
      ? undefined
      : orTrouble(
          'known vulnerabilities cannot be looked up',
          () => vulnerabilitiesOf(bill!, said, dossier.product, options.osv!),
          'Name its folder: --osv FOLDER',
        )
  let admitted: Supplied['admitted'] = []
  const unclear = orTrouble('statements on vulnerabilities cannot be compared', () => {
    admitted = admittedBy(said, bill, dossier.product)
    return undefined
  })
  if (unclear !== undefined) vex.push(unclear)
  return {
    firstDocument: options.documents,
    documents,
    ...(sbom === undefined ? {} : { sbom }),
    ...(vulnerabilities === undefined ? {} : { vulnerabilities }),
    vex,
    admitted,
    ...(verdict === undefined ? {} : { manifest: verdict }),
  }
}

/** More are told of no device: what is sent between threads stays small. */
const MAX_LISTED = 5000

function listedIn({ components }: Sbom): Listed[] {
  return components.slice(0, MAX_LISTED).flatMap(({ name, version, at }) => {
    const last = name?.split('/').at(-1)?.toLowerCase()
    return last === undefined || last === '' || version === undefined ? [] : [{ name: last, version: version.slice(0, 64), at }]
  })
}

const NEXT = 'Put the file beside the dossier, as the maker publishes it, and name it there.'

function orTrouble<T>(what: string, read: () => T, next = NEXT): T | Trouble {
  try {
    return read()
  } catch (error) {
    if (error instanceof Unreadable) return { trouble: `${what}: ${error.message}`, next }
    throw error
  }
}

/** Those that are keys; undefined for one that is none, so that their numbers stay. */
function keysOf(given: readonly unknown[]): (KeyObject | undefined)[] {
  return given.slice(0, 100).map((key) => {
    try {
      return typeof key === 'string' ? createPublicKey(pemOf(key)) : createPublicKey({ key: key as JsonWebKey, format: 'jwk' })
    } catch {
      return undefined
    }
  })
}

/** The lines of a PEM text (RFC 7468), which a dossier's reader has made one. */
function pemOf(text: string): string {
  const found = /^-----BEGIN ([A-Z ]{1,40})-----([A-Za-z0-9+/=\s]{1,10000})-----END \1-----$/.exec(text.trim())
  if (found === null) return text
  return `-----BEGIN ${found[1]}-----\n${found[2]!.replace(/\s+/g, '').replace(/.{64}/g, '$&\n')}\n-----END ${found[1]}-----\n`
}

type Keep = (found: Found, kind: SuppliedDocument['kind'], title: string) => number

function manifestOf(
  named: Named & { readonly kind: 'suit' | 'tuf' },
  given: readonly (KeyObject | undefined)[],
  files: Folder,
  keep: Keep,
): ManifestVerdict | Trouble {
  return orTrouble('the update manifest cannot be read', () => {
    const found = files.read(named)
    const keys = given.filter((key) => key !== undefined)
    const beside = (name: string) => (name === '' ? undefined : files.bytes(`${dirname(named.file ?? '')}/${name}`))
    return named.kind === 'suit' ? suit(found, keys, given, beside, keep) : tuf(found, keys, beside, keep)
  })
}

const NO_KEY: Trouble = {
  trouble: 'the dossier names no public key to verify it with',
  next: 'Maker: name the keys that sign updates in the dossier (updates.keys).',
}

function suit(
  found: Found,
  keys: readonly KeyObject[],
  given: readonly (KeyObject | undefined)[],
  beside: (name: string) => Uint8Array | undefined,
  keep: Keep,
): ManifestVerdict {
  const read = readSuit(found.bytes, keys, beside)
  const { algorithms, signedBy, unverifiable, broken, payloads, payloadsHeld } = read
  const base = {
    kind: 'suit' as const,
    document: keep(found, 'update manifest', 'SUIT manifest'),
    state: `sequence number ${read.sequence}`,
    payloads,
    payloadsHeld,
  }
  if (broken !== undefined) return { ...base, broken }
  if (signedBy !== undefined) {
    const number = given.indexOf(keys[signedBy]) + 1
    return { ...base, verifiedBy: `key ${number} of the dossier (${algorithms.join(', ')})` }
  }
  if (unverifiable !== undefined)
    return { ...base, unsettled: { trouble: unverifiable, next: 'Verify it with a tool that knows this way of signing.' } }
  if (algorithms.length === 0) return { ...base, broken: 'it has a digest, but no signature' }
  if (keys.length === 0) return { ...base, unsettled: NO_KEY }
  const tried =
    keys.length === 1 ? 'the key of the dossier does not verify' : `none of the ${keys.length} keys of the dossier verifies`
  return { ...base, broken: `${tried} its signature (${algorithms.join(', ')})` }
}

function tuf(
  found: Found,
  keys: readonly KeyObject[],
  beside: (name: string) => Uint8Array | undefined,
  keep: Keep,
): ManifestVerdict {
  const read = readTuf(found.bytes, beside, keys, found.sealed)
  const { root, broken, anchored, thresholds, expires, expiresOf, payloads, payloadsHeld } = read
  const base = {
    kind: 'tuf' as const,
    document: keep(found, 'update manifest', 'TUF metadata'),
    state: `root version ${root}`,
    ...(expires === undefined ? {} : { expires, expiresOf: expiresOf! }),
    payloads,
    payloadsHeld,
  }
  if (broken !== undefined) return { ...base, broken }
  if (anchored) return { ...base, verifiedBy: `the root that the dossier names (signatures needed: ${thresholds})` }
  return {
    ...base,
    unsettled: {
      trouble: "its parts hold together, but nothing in the dossier says that its root is the maker's",
      next: 'Maker: name the digest of the root metadata, or the keys that sign it, in the dossier (updates.manifest.sha256, updates.keys).',
    },
  }
}
