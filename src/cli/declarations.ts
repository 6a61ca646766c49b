import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Dossier } from '../dossier/dossier.ts'
import type { DossierError } from '../dossier/read.ts'
import type { GivenDossier } from '../evidence/beside.ts'
import type { Audit, AuditDocument } from '../report/model.ts'
import { addresses, deviceName } from '../report/words.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { verifyOrFail } from './signatures.ts'
import { suggest } from './suggest.ts'

/** What an audit is given of makers' dossiers. */
export interface Declarations {
  readonly dossiers: readonly GivenDossier[]
  readonly documents: readonly AuditDocument[]
}

export interface DossierOptions {
  /** 'maker.yaml', or 'maker.yaml@192.168.1.20'. */
  dossier?: string[]
  dossierKey?: string[]
  dossierCa?: string[]
  /** Folder of an offline OSV database. */
  osv?: string
}

/** Reads the dossiers that were named, and verifies their signatures. What reads them is loaded only if there are any. */
export async function dossiersOf({ dossier = [], dossierKey = [], dossierCa = [], osv }: DossierOptions): Promise<Declarations> {
  const dossiers: GivenDossier[] = []
  const documents: AuditDocument[] = []
  if (dossier.length === 0 && dossierKey.length + dossierCa.length > 0)
    throw new Failure(
      EXIT.usage,
      '--dossier-key and --dossier-ca are for dossiers: none is named',
      'Name it: --dossier maker.yaml',
    )
  if (dossier.length === 0 && osv !== undefined)
    throw new Failure(
      EXIT.usage,
      '--osv is for components that a dossier leads to: no dossier is named',
      'Name it: --dossier maker.yaml',
    )
  for (const named of dossier) {
    const { path, of } = split(named)
    const read = await readOrFail(path)
    const signer = await signerOf(path, read.value, dossierKey, dossierCa)
    const { vendor, model } = read.dossier.product
    const supplied = await suppliedBy(read.dossier, path, documents.length + 1, osv)
    dossiers.push({
      document: documents.length,
      dossier: read.dossier,
      ...(supplied === undefined ? {} : { supplied }),
      ...(of === undefined ? {} : { of }),
      ...(signer === undefined ? {} : { signedBy: signer }),
    })
    documents.push({
      path,
      sha256: read.sha256,
      kind: 'dossier',
      title: `${vendor} ${model}`,
      ...(signer === undefined ? {} : { signedBy: signer }),
    })
    for (const { sealed, ...document } of supplied?.documents ?? [])
      documents.push({
        ...document,
        path: join(dirname(path), document.path),
        ...(signer === undefined || !sealed ? {} : { signedBy: signer }),
      })
  }
  return { dossiers, documents }
}

/** Also where the dossier leads to no component: a slip in the name would look as if nothing were known of it. */
async function checkOsv(folder: string): Promise<void> {
  const reason = await readdir(folder).then(() => undefined, systemReason)
  if (reason !== undefined)
    throw new Failure(
      EXIT.input,
      `--osv ${folder}: ${reason}`,
      'Name the folder of OSV records: docs/supply.md tells where they come from.',
    )
}

/** What the files say that it leads to; undefined: it leads to none, and what reads them is not loaded. */
export async function suppliedBy(dossier: Dossier, path: string, documents: number, osv: string | undefined) {
  if (osv !== undefined) await checkOsv(osv)
  if (dossier.sbom === undefined && dossier.vex === undefined && dossier.updates?.manifest === undefined) return undefined
  const { supplied } = await import('../dossier/supplied.ts')
  return supplied(dossier, dirname(path), { documents, ...(osv === undefined ? {} : { osv }) })
}

/** 'maker.yaml@DEVICE': what lies behind the last '@', unless a file is called so. */
function split(named: string): { path: string; of?: string } {
  const at = named.lastIndexOf('@')
  if (at <= 0 || existsSync(named)) return { path: named }
  const of = named.slice(at + 1)
  if (of === '')
    throw new Failure(EXIT.usage, `--dossier ${named}: no device behind '@'`, 'For example: --dossier maker.yaml@192.168.1.20')
  return { path: named.slice(0, at), of }
}

/** A dossier that cannot be taken is wrong usage of ours, and each mistake is told with its line. */
export async function readOrFail(path: string) {
  const { DossierError, readDossier } = await import('../dossier/read.ts')
  try {
    return readDossier(path)
  } catch (error) {
    if (error instanceof DossierError) throw new Failure(EXIT.input, `${path} is no sound dossier:\n${mistakes(error)}`, ADVICE)
    throw new Failure(EXIT.input, `${path}: cannot be read: ${systemReason(error)}`)
  }
}

const ADVICE = 'assay dossier init writes one to begin with; docs/dossier.md tells what each field means.'

function mistakes({ problems }: DossierError): string {
  return problems
    .map(({ at, line, what, unknown }) => {
      const place = [line === undefined ? '' : `line ${line}`, at].filter(Boolean).join(', ')
      const near = unknown === undefined ? [] : suggest(unknown.name, unknown.known)
      const hint =
        unknown === undefined
          ? ''
          : near.length > 0
            ? `. Did you mean ${near.join(' or ')}?`
            : unknown.known.length === 0
              ? ''
              : `. There are: ${unknown.known.slice(0, 12).join(', ')}${unknown.known.length > 12 ? '…' : ''}`
      return `  ${place === '' ? '' : `${place}: `}${what}${hint}`
    })
    .join('\n')
}

async function signerOf(
  path: string,
  value: unknown,
  keys: readonly string[],
  authorities: readonly string[],
): Promise<string | undefined> {
  const signature = `${path}.jws`
  const trusted = keys.length + authorities.length > 0
  if (!existsSync(signature)) {
    if (!trusted) return undefined
    throw new Failure(
      EXIT.input,
      `${path} is not signed: there is no ${signature}`,
      'Ask the maker for the signature; or leave --dossier-key and --dossier-ca out: it is then taken as its word only.',
    )
  }
  if (!trusted) {
    process.stderr.write(
      `assay: ${signature} was not verified, and counts for nothing: name whom you trust by --dossier-key or --dossier-ca\n`,
    )
    return undefined
  }
  return (await verifyOrFail(path, signature, value, keys, authorities)).by
}

/** A dossier that is about no device of the audit: what its maker says was held against nothing. */
export function unmatched(audit: Audit, { dossiers }: Declarations): Failure | undefined {
  const used = new Set(audit.devices.flatMap(({ documents }) => documents ?? []))
  const idle = dossiers.filter(({ document }) => !used.has(document))
  if (idle.length === 0) return undefined
  const which = idle.map(({ document, of, dossier: { product } }) => {
    const { path } = audit.documents![document]!
    return `${path} (${of === undefined ? `of ${product.vendor} ${product.model}` : `for ${of}`})`
  })
  const there = audit.devices
    .slice(0, 12)
    .map((device) => `  ${addresses(device)[0] ?? device.id}  ${deviceName(device)}`)
    .join('\n')
  const more = audit.devices.length > 12 ? `\n  and ${audit.devices.length - 12} more` : ''
  return new Failure(
    EXIT.usage,
    `no device, or none without another dossier, fits ${which.join(', ')}${there === '' ? '' : `. There are:\n${there}${more}`}`,
    `Say which one it is about: --dossier ${audit.documents![idle[0]!.document]!.path}@ADDRESS`,
  )
}
