import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Certificates and keys of test servers: PEM files in a directory. */
export interface Keys {
  cert: string
  key: string
}

/** Real TLS servers on ephemeral ports of 127.0.0.1. Each is one program with one configuration; `stop` ends all that were started. */
export class TlsServers {
  readonly dir: string
  private readonly running: ChildProcess[] = []
  private readonly made = new Map<string, Keys>()

  constructor(dir: string) {
    this.dir = dir
  }

  /** A self-signed certificate by openssl: `how` says what key ('rsa:2048', 'ec:prime256v1', 'ed25519'), `more` goes to `openssl req`. */
  keys(how: string, ...more: string[]): Keys {
    const id = [how, ...more].join(' ')
    const known = this.made.get(id)
    if (known) return known
    const [cert, key] = ['cert', 'key'].map((what) => join(this.dir, `${what}-${this.made.size}.pem`)) as [string, string]
    const [kind, size] = how.split(':')
    const newkey = kind === 'ec' ? ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${size}`] : ['-newkey', how]
    openssl(
      'req',
      '-x509',
      '-nodes',
      ...newkey,
      '-keyout',
      key,
      '-out',
      cert,
      '-subj',
      '/CN=thing.example',
      ...(more.length > 0 ? more : ['-days', '30']),
    )
    const keys = { cert, key }
    this.made.set(id, keys)
    return keys
  }

  /** `openssl s_server`. */
  openssl({ cert, key }: Keys, ...args: string[]): Promise<number> {
    return this.start((port) => [
      'openssl',
      ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', cert, '-key', key, '-quiet', '-www', ...args],
    ])
  }

  gnutls({ cert, key }: Keys, priority: string): Promise<number> {
    return this.start((port) => [
      'gnutls-serv',
      ['--http', '-p', String(port), '--x509certfile', cert, '--x509keyfile', key, '--priority', priority],
    ])
  }

  /** NSS: `suites` by their numbers in hexadecimal. */
  nss({ cert, key }: Keys, versions: string, suites: readonly string[]): Promise<number> {
    const db = join(this.dir, 'nss')
    mkdirSync(db, { recursive: true })
    const p12 = join(this.dir, 'nss.p12')
    openssl('pkcs12', '-export', '-in', cert, '-inkey', key, '-name', 'thing', '-out', p12, '-passout', 'pass:')
    run('certutil', '-N', '-d', `sql:${db}`, '--empty-password')
    run('pk12util', '-i', p12, '-d', `sql:${db}`, '-W', '')
    return this.start((port) => [
      'selfserv',
      ['-d', `sql:${db}`, '-p', String(port), '-n', 'thing', '-V', versions, '-c', suites.map((id) => `:${id}`).join('')],
    ])
  }

  /** `directives`: of the server block. */
  nginx({ cert, key }: Keys, directives: string): Promise<number> {
    return this.start((port) => {
      const home = join(this.dir, `nginx-${port}`)
      mkdirSync(home, { recursive: true })
      const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((what) => `${what}_temp_path ${home}/${what};`)
        .join(' ')
      const conf = join(home, 'nginx.conf')
      writeFileSync(
        conf,
        `daemon off; pid ${home}/pid; error_log ${home}/error.log; events {} http { access_log off; ${temp}
         server { listen 127.0.0.1:${port} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key}; ${directives} } }`,
      )
      return [daemon('nginx'), ['-p', home, '-c', conf, '-e', `${home}/error.log`]]
    })
  }

  /** lighttpd with the TLS of one of its modules: 'openssl', 'mbedtls', 'wolfssl'. */
  lighttpd({ cert, key }: Keys, module: string, directives = ''): Promise<number> {
    return this.start((port) => {
      const conf = join(this.dir, `lighttpd-${port}.conf`)
      writeFileSync(
        conf,
        `server.modules = ("mod_${module}")\nserver.document-root = "${this.dir}"\nserver.port = ${port}\nserver.bind = "127.0.0.1"
         ssl.engine = "enable"\nssl.pemfile = "${cert}"\nssl.privkey = "${key}"\n${directives}\n`,
      )
      return [daemon('lighttpd'), ['-D', '-f', conf]]
    })
  }

  /** stunnel before `to`; `options` of its service. */
  stunnel({ cert, key }: Keys, to: number, options: string): Promise<number> {
    return this.start((port) => {
      const conf = join(this.dir, `stunnel-${port}.conf`)
      writeFileSync(
        conf,
        `foreground = yes\npid =\n[thing]\naccept = 127.0.0.1:${port}\nconnect = 127.0.0.1:${to}\ncert = ${cert}\nkey = ${key}\n${options}\n`,
      )
      return ['stunnel4', [conf]]
    })
  }

  private async start(command: (port: number) => [string, string[]]): Promise<number> {
    const port = await freePort()
    const [program, args] = command(port)
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], cwd: this.dir })
    this.running.push(child)
    let said = ''
    child.stderr.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-2000)))
    child.on('error', (error) => (said += error.message))
    for (let tries = 0; tries < 100; tries++) {
      if (await answers(port)) return port
      if (child.exitCode !== null) break
      await delay(50)
    }
    throw new Error(`${program} does not listen: ${said}`)
  }

  stop(): void {
    for (const child of this.running) child.kill('SIGKILL')
  }
}

/** Which of these programs are not on this machine. */
export function missing(...programs: readonly string[]): string[] {
  return programs.filter(
    (program) =>
      !['/usr/bin', '/usr/sbin', '/bin', '/usr/local/bin', '/usr/lib/lighttpd'].some((dir) => existsSync(join(dir, program))),
  )
}

function daemon(name: string): string {
  return `/usr/sbin/${name}`
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function openssl(...args: string[]): void {
  run('openssl', ...args)
}

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args[0]}: ${stderr}`)
}
