import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { printable } from '../decode/text.ts'
import { MAX_DOCUMENT, Unreadable } from './sbom-json.ts'

/** A file as a dossier names it. */
export interface Named {
  readonly file?: string
  readonly url?: string
  readonly sha256?: string
}

export interface Found {
  /** Relative to the dossier's folder. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly sha256: string
  /** The dossier gives its digest, and it fits. */
  readonly sealed: boolean
}

/** Reads files that a dossier names, beside it and nowhere else. */
export class Folder {
  readonly #root: string

  /** @param root the folder in which the dossier lies */
  constructor(root: string) {
    this.#root = resolve(root)
  }

  /**
   * The file that is named; of a URL, which is never fetched, the file of its last part. Throws Unreadable where it is not there, lies
   * outside of the folder, is too large, or has another digest than the one given.
   */
  read({ file, url, sha256 }: Named): Found {
    const path = file ?? lastPart(url)
    if (path === undefined) throw new Unreadable('the dossier names neither a file nor a URL')
    const shown = printable(path, 200)
    const bytes = this.bytes(path)
    if (bytes === undefined) {
      const where =
        file === undefined ? `nothing is fetched from ${printable(url!, 200)}, and beside the dossier there is no ${shown}` : ''
      throw new Unreadable(where || `there is no file ${shown} in the folder of the dossier`)
    }
    const digest = createHash('sha256').update(bytes).digest('hex')
    if (sha256 !== undefined && digest !== sha256.toLowerCase())
      throw new Unreadable(`the file ${shown} is not the one that the dossier means: its SHA-256 is ${digest}`)
    return { path: shown, bytes, sha256: digest, sealed: sha256 !== undefined }
  }

  /** A file of the folder; undefined where there is none, or where it lies elsewhere. Throws Unreadable where it is too large. */
  bytes(path: string): Uint8Array | undefined {
    if (path === '' || path.includes('\0') || isAbsolute(path)) return undefined
    let real: string
    try {
      // links, too, must not lead out
      real = realpathSync(join(this.#root, path))
      const from = relative(realpathSync(this.#root), real)
      if (from === '' || from === '..' || from.startsWith(`..${sep}`) || isAbsolute(from)) return undefined
      const stat = statSync(real)
      if (!stat.isFile()) return undefined
      if (stat.size > MAX_DOCUMENT) throw new Unreadable(`the file ${printable(path, 200)} has more than ${MAX_DOCUMENT} bytes`)
      return readFileSync(real)
    } catch (error) {
      if (error instanceof Unreadable) throw error
      return undefined
    }
  }
}

function lastPart(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  const name = basename(new URL(url).pathname)
  return name === '' ? undefined : name
}
