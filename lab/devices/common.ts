import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { sleep, type Host } from '../host.ts'

/** Does something a number of times, with a pause between. */
export async function every(times: number, pause: number, does: (turn: number) => Promise<unknown>): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    if (turn) await sleep(pause)
    await does(turn)
  }
}

/** Does something until it works, a bounded number of times: the other end may still be starting. */
export async function until(times: number, pause: number, does: () => Promise<{ code: number }>): Promise<void> {
  for (let turn = 0; turn < times && (await does()).code !== 0; turn++) await sleep(pause)
}

/** A web server of the device's own: lighttpd, with what the device adds to its configuration. */
export async function web(host: Host, configuration: string, env: Record<string, string> = {}): Promise<void> {
  const root = join(host.dir, 'htdocs')
  mkdirSync(root, { recursive: true })
  host.write('htdocs/index.html', `<!doctype html><title>${host.name}</title><h1>${host.name}</h1>\n`)
  const conf = host.write(
    'lighttpd.conf',
    `server.modules = ("mod_openssl", "mod_auth", "mod_authn_file")
server.document-root = "${root}"
server.bind = "127.0.0.1"
server.port = 8099
server.tag = "httpd"
index-file.names = ("index.html")
mimetype.assign = (".html" => "text/html")
${configuration}
`,
  )
  host.start(['lighttpd', '-D', '-f', conf], env)
}

/** mDNS and DNS-SD by avahi, with the services given; it needs no D-Bus. */
export function announce(
  host: Host,
  name: string,
  services: { name: string; type: string; port: number; txt: string[] }[],
): void {
  for (const service of services) {
    const records = service.txt.map((t) => `<txt-record>${t}</txt-record>`).join('')
    host.write(
      `services/${service.type}.service`,
      `<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>${service.name}</name><service><type>${service.type}</type><port>${service.port}</port>${records}</service></service-group>\n`,
    )
  }
  const conf = host.write(
    'avahi.conf',
    `[server]\nhost-name=${name}\nuse-ipv4=yes\nuse-ipv6=yes\nallow-interfaces=eth0\nenable-dbus=no\n[publish]\npublish-hinfo=no\npublish-workstation=no\n`,
  )
  host.start([
    'sh',
    '-c',
    `mount --bind ${host.dir}/services /etc/avahi/services && exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f ${conf}`,
  ])
}
