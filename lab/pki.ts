import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './host.ts'

/** A certificate authority of the lab's own, made anew for each run by openssl, and every kind of certificate a device may meet. */
export class Authority {
  readonly root: string
  readonly #dir: string
  readonly #made = new Map<string, Promise<string>>()

  constructor(dir: string) {
    this.#dir = dir
    this.root = join(dir, 'root.crt')
  }

  async create(): Promise<void> {
    mkdirSync(this.#dir, { recursive: true })
    const at = (file: string): string => join(this.#dir, file)
    writeFileSync(
      at('ca.cnf'),
      `[ca]\ndefault_ca = lab\n[lab]\ndatabase = ${at('index.txt')}\nnew_certs_dir = ${this.#dir}\ndefault_md = sha256\npolicy = any\nrand_serial = yes\ncopy_extensions = copy\n` +
        '[any]\norganizationName = optional\ncommonName = supplied\n',
    )
    await must([
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '3650',
      '-subj',
      '/O=Lab Trust Services/CN=Lab Root R1',
      '-keyout',
      at('root.key'),
      '-out',
      this.root,
    ])
  }

  /** PEM file with key and certificate. `rsa` for clients too old for elliptic curves. */
  issue(kind: 'good' | 'expired' | 'self-signed' | 'rsa', name: string): Promise<string> {
    const id = `${kind}-${name}`
    let made = this.#made.get(id)
    if (!made) this.#made.set(id, (made = this.#issue(kind, name, join(this.#dir, id))))
    return made
  }

  async #issue(kind: 'good' | 'expired' | 'self-signed' | 'rsa', name: string, base: string): Promise<string> {
    const key = kind === 'rsa' ? ['-newkey', 'rsa:2048'] : ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
    const about = ['-nodes', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', `${base}.key`]
    if (kind === 'self-signed') {
      await must(['openssl', 'req', '-x509', ...key, ...about, '-days', '3650', '-out', `${base}.crt`])
    } else {
      await must(['openssl', 'req', '-new', ...key, ...about, '-out', `${base}.csr`])
      const dates = kind === 'expired' ? ['-startdate', '20210101000000Z', '-enddate', '20220101000000Z'] : ['-days', '90']
      // `openssl ca` keeps one database: a folder each, so that several may be issued at once.
      const dir = `${base}.ca`
      mkdirSync(dir)
      writeFileSync(join(dir, 'index.txt'), '')
      writeFileSync(join(dir, 'ca.cnf'), readFileSync(join(this.#dir, 'ca.cnf'), 'utf8').replaceAll(`= ${this.#dir}`, `= ${dir}`))
      const files = ['-cert', this.root, '-keyfile', join(this.#dir, 'root.key'), '-in', `${base}.csr`, '-out', `${base}.crt`]
      await must(['openssl', 'ca', '-batch', '-notext', '-config', join(dir, 'ca.cnf'), ...dates, ...files])
    }
    writeFileSync(`${base}.pem`, readFileSync(`${base}.key`, 'utf8') + readFileSync(`${base}.crt`, 'utf8'))
    return `${base}.pem`
  }
}
