import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, type Host } from './host.ts'
import { named, names } from './internet.ts'
import type { Authority } from './pki.ts'
import { lan, records } from './router.ts'

/** Everything beyond the router, in one namespace that owns all the addresses: web servers, brokers, a resolver, clocks. */
export async function startCloud(cloud: Host, authority: Authority): Promise<void> {
  const addresses = names.flatMap(({ ip, ip6 }) => [
    `ip addr add ${ip}/32 dev lo`,
    ...(ip6 ? [`ip -6 addr add ${ip6}/128 dev lo nodad`] : []),
  ])
  await must(
    cloud.inside([
      'sh',
      '-ec',
      `ip addr add ${lan.wanPeer}/24 dev wan
       ip -6 addr add ${lan.wanPeer6}/64 dev wan nodad
       ip link set wan up
       ip route add ${lan.prefix}.0/24 via ${lan.wan}
       ip -6 route add ${lan.prefix6}/64 via ${lan.wan6}
       ${addresses.join('\n')}`,
    ]),
  )
  const resolver = cloud.write(
    'dnsmasq.conf',
    ['user=root', 'no-resolv', 'no-hosts', 'log-facility=-', 'bind-interfaces', 'listen-address=8.8.8.8', ...records()].join(
      '\n',
    ),
  )
  cloud.start(['dnsmasq', '--keep-in-foreground', `--conf-file=${resolver}`])
  await Promise.all([web(cloud, authority), brokers(cloud, authority), clocks(cloud, authority)])
  cloud.start(['coap-server-notls', '-A', named('ingest.aqua.example').ip, '-d', '10'])
}

/** lighttpd: one process, a socket for each address, each with the certificate and versions that it is to show. */
async function web(cloud: Host, authority: Authority): Promise<void> {
  const root = join(cloud.dir, 'htdocs')
  mkdirSync(join(root, 'api'), { recursive: true })
  mkdirSync(join(root, 'firmware'))
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>Lab</title><p>A service of the lab.\n')
  writeFileSync(join(root, 'version.txt'), 'latest=1.0.7\nfile=/firmware/lc200_1.0.7.bin\n')
  for (const api of ['report', 'upload', 'config', 'collect']) {
    writeFileSync(
      join(root, 'api', api),
      'head -c 65536 >/dev/null\nprintf "Content-Type: application/json\\r\\n\\r\\n{\\"ok\\":true,\\"next\\":60}\\n"\n',
    )
  }
  // A legacy U-Boot image: the 64-byte header of its format (magic, CRC, time, size, load, entry, CRC, os, arch, type, compression,
  // name) and a body that looks compressed.
  const image = Buffer.concat([Buffer.alloc(64), randomBytes(12 * 1024)])
  image.writeUInt32BE(0x27051956, 0)
  image.writeUInt32BE(1_700_000_000, 8)
  image.writeUInt32BE(image.length - 64, 12)
  image.set([5, 5, 2, 3], 28)
  image.write('LC200 firmware 1.0.7', 32)
  writeFileSync(join(root, 'firmware', 'lc200_1.0.7.bin'), image)

  const sockets: string[] = []
  const socket = (address: string, pem?: string, min = 'TLSv1.2', max = 'TLSv1.3', ciphers?: string): void => {
    const tls = pem
      ? `ssl.engine = "enable"\n ssl.pemfile = "${pem}"\n ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "${min}", "MaxProtocol" => "${max}"${ciphers ? `, "CipherString" => "${ciphers}"` : ''})`
      : ''
    sockets.push(`$SERVER["socket"] == "${address}" {\n ${tls}\n}`)
  }
  const good = async (name: string, max?: string): Promise<void> => {
    const { ip, ip6 } = named(name)
    const pem = await authority.issue('good', name)
    socket(`${ip}:443`, pem, 'TLSv1.2', max)
    if (ip6) socket(`[${ip6}]:443`, pem, 'TLSv1.2', max)
  }
  for (const name of [
    'discovery.meethue.com',
    'www.google-analytics.com',
    'stats.g.doubleclick.net',
    'www.youtube.com',
    'www.wikipedia.org',
  ])
    await good(name)
  for (const name of ['use1-api.tplinkra.com', 'sb.scorecardresearch.com', 'api.samsungcloudsolution.com'])
    await good(name, 'TLSv1.2')
  // Certificates can be read in TLS 1.2 and before only (RFC 8446, section 4.4.2: encrypted from 1.3 on).
  const old = 'TLSv1.2'
  socket(`${named('archive.lamps.example').ip}:443`, await authority.issue('expired', 'archive.lamps.example'), old, old)
  socket(`${named('api.bridgeworks.example').ip}:443`, await authority.issue('expired', 'api.bridgeworks.example'), old, old)
  socket(`${named('log.bridgeworks.example').ip}:443`, await authority.issue('self-signed', 'log.bridgeworks.example'), old, old)
  socket(`${named('cdn.bridgeworks.example').ip}:443`, await authority.issue('good', 'static.otherhost.example'), old, old)
  socket(
    `${named('legacy.bridgeworks.example').ip}:443`,
    await authority.issue('rsa', 'legacy.bridgeworks.example'),
    'TLSv1',
    'TLSv1',
    'AES128-SHA:@SECLEVEL=0',
  )
  for (const name of ['upload.lenscam.example', 'fw.lenscam.example']) {
    const { ip, ip6 } = named(name)
    socket(`${ip}:80`)
    if (ip6) socket(`[${ip6}]:80`)
  }
  const conf = cloud.write(
    'lighttpd.conf',
    `server.modules = ("mod_openssl", "mod_cgi")
server.document-root = "${root}"
server.bind = "127.0.0.1"
server.port = 8099
server.tag = "nginx"
index-file.names = ("index.html")
mimetype.assign = (".html" => "text/html", ".txt" => "text/plain", ".bin" => "application/octet-stream")
$HTTP["url"] =~ "^/api/" { cgi.assign = ("" => "/bin/sh") }
${sockets.join('\n')}
`,
  )
  cloud.start(['lighttpd', '-D', '-f', conf], { OPENSSL_CONF: anyTls(cloud) })
}

/** An openssl configuration that still speaks what Debian's refuses. */
export function anyTls(host: Host): string {
  return host.write(
    'openssl.cnf',
    'openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = any\n[any]\nMinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=0\n',
  )
}

async function brokers(cloud: Host, authority: Authority): Promise<void> {
  const plain = cloud.write(
    'mosquitto.conf',
    `user root\nlistener 1883 ${named('mqtt.airsense.example').ip}\nallow_anonymous true\n`,
  )
  const pem = await authority.issue('good', 'broker.homestead.example')
  const tls = cloud.write(
    'mosquitto-tls.conf',
    `user root\nlistener 8883 ${named('broker.homestead.example').ip}\nallow_anonymous true\ncertfile ${pem}\nkeyfile ${pem}\n`,
  )
  cloud.start(['mosquitto', '-c', plain])
  cloud.start(['mosquitto', '-c', tls])
}

async function clocks(cloud: Host, authority: Authority): Promise<void> {
  const common = (name: string): string =>
    `local stratum 2\nallow all\nbindaddress ${named(name).ip}\ncmdport 0\npidfile ${cloud.dir}/${name}.pid\ndriftfile ${cloud.dir}/${name}.drift\n`
  const plain = cloud.write('chrony.conf', common('0.pool.ntp.org'))
  const pem = await authority.issue('good', 'time.cloudflare.com')
  const nts = cloud.write(
    'chrony-nts.conf',
    `${common('time.cloudflare.com')}ntsserverkey ${pem}\nntsservercert ${pem}\nntsdumpdir ${cloud.dir}\n`,
  )
  cloud.start(['chronyd', '-x', '-d', '-u', 'root', '-f', plain])
  cloud.start(['chronyd', '-x', '-d', '-u', 'root', '-f', nts])
}
