import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { readOrFail, suppliedBy } from './declarations.ts'
import { EXIT, Failure, systemReason } from './failure.ts'
import { terminal } from './output.ts'
import { keyFile, verifyOrFail } from './signatures.ts'

export interface SignOptions {
  key: string
  certificate?: string
  algorithm: string
  output?: string
}

/** Writes the template, to standard output where no file is named. */
export async function dossierInit(output: string | undefined): Promise<number> {
  const { template } = await import('../dossier/template.ts')
  const text = template()
  if (output === undefined || output === '-') {
    process.stdout.write(text)
    return EXIT.audited
  }
  await save(output, text)
  process.stdout.write(`Written: ${output}. Fill it in, leave out what does not hold, then: assay dossier check ${output}\n`)
  return EXIT.audited
}

/** Says whether it is sound, what its maker will be held to, and what it does not say. */
export async function dossierCheck(path: string, { osv }: { osv?: string } = {}): Promise<number> {
  const { dossier } = await readOrFail(path)
  const supplied = await suppliedBy(dossier, path, 1, osv)
  const { renderDossier } = await import('../report/dossier.ts')
  process.stdout.write(renderDossier(path, dossier, Date.now() * 1000, terminal(), supplied))
  return EXIT.audited
}

/** Signs, and writes the signature beside the dossier. */
export async function dossierSign(path: string, { key, certificate, algorithm, output }: SignOptions): Promise<number> {
  if (algorithm !== 'PS256' && algorithm !== 'RS256')
    throw new Failure(
      EXIT.usage,
      `--algorithm ${algorithm}: there are PS256 and RS256`,
      'It is for RSA keys; others have one each.',
    )
  const { value } = await readOrFail(path)
  const target = output ?? `${path}.jws`
  const { certificatesOf, signValue } = await import('../dossier/sign.ts')
  const chain = certificate === undefined ? [] : await keyFile('--certificate', certificate, certificatesOf)
  const jws = await keyFile('--key', key, (text) => signValue(value, text, chain, Date.now(), algorithm))
  await save(target, `${jws}\n`)
  process.stdout.write(`Signed: ${target}. Publish it beside ${basename(path)}.\n`)
  return EXIT.audited
}

/** Says who signed it and when, as far as that can be believed. */
export async function dossierVerify(
  path: string,
  { signature, key = [], ca = [] }: { signature?: string; key?: string[]; ca?: string[] },
): Promise<number> {
  if (key.length + ca.length === 0)
    throw new Failure(
      EXIT.usage,
      'nobody is named who is trusted to sign',
      "Name the maker's key (--key pub.pem) or an authority (--ca ca.pem).",
    )
  const { value, dossier } = await readOrFail(path)
  const { by, algorithm, at } = await verifyOrFail(path, signature ?? `${path}.jws`, value, key, ca)
  const { vendor, model } = dossier.product
  process.stdout.write(
    `${path} (${vendor} ${model}) is signed by ${by}, with ${algorithm}${at === undefined ? '' : `, on ${at.slice(0, 19).replace('T', ' ')} UTC as its signer says`}.\n`,
  )
  return EXIT.audited
}

async function save(target: string, text: string): Promise<void> {
  try {
    await writeFile(target, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new Failure(
        EXIT.usage,
        `${target}: it exists, and is not overwritten`,
        'Name another file with -o, or remove it first.',
      )
    throw new Failure(EXIT.usage, `cannot write ${target}: ${systemReason(error)}`)
  }
}
