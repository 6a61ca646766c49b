import type { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { Signer } from '../dossier/sign.ts'
import { EXIT, Failure, systemReason } from './failure.ts'

/** Larger files are no keys. */
const MAX_KEY = 1 << 20

/** The signer of a dossier; a Failure with the reason where nobody trusted signed it. */
export async function verifyOrFail(
  path: string,
  signature: string,
  value: unknown,
  keys: readonly string[],
  authorities: readonly string[],
): Promise<Signer> {
  const { certificatesOf, publicKeys, SignatureError, verifyValue } = await import('../dossier/sign.ts')
  const trust = {
    keys: (await Promise.all(keys.map((file) => keyFile('key', file, publicKeys)))).flat(),
    authorities: (
      await Promise.all(authorities.map((file): Promise<X509Certificate[]> => keyFile('authorities', file, certificatesOf)))
    ).flat(),
  }
  const jws = readText(signature)
  try {
    return await verifyValue(value, jws, trust, Date.now())
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error
    throw new Failure(
      EXIT.input,
      `${signature} does not sign ${path}: ${error.message}`,
      "Take neither as its maker's: fetch both anew, and ask the maker which key it signs with.",
    )
  }
}

/** What a file with a key or certificates holds; a Failure that says what is wrong with it. */
export async function keyFile<T>(what: string, path: string, read: (text: string) => T | Promise<T>): Promise<T> {
  const text = readText(path)
  const { SignatureError } = await import('../dossier/sign.ts')
  try {
    return await read(text)
  } catch (error) {
    if (error instanceof SignatureError) throw new Failure(EXIT.usage, `${what} ${path}: ${error.message}`)
    throw error
  }
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MAX_KEY) throw new Failure(EXIT.input, `${path}: larger than any key or signature`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(EXIT.input, `${path}: cannot be read: ${systemReason(error)}`)
  }
}
