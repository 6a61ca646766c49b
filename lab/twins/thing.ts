import { fileURLToPath } from 'node:url'
import { must, program, type Host } from '../host.ts'
import type { Authority } from '../pki.ts'
import { lan, type Maker, servers, things, tracker } from './names.ts'

/** What a thing does by itself, for as long as it is let: the sound one looks at certificates and asks for a log-in, the poor one does neither. */
export async function live(host: Host, authority: Authority, maker: Maker): Promise<void> {
  const good = maker === 'sound'
  const { ip } = things[maker]
  await must(
    host.inside([
      'sh',
      '-ec',
      `ip addr add ${ip}/24 dev eth0
       ip link set eth0 up
       ip route add default via ${lan.router}
       echo nameserver ${lan.router} > /etc/resolv.conf`,
    ]),
  )
  const panel = {
    port: good ? 443 : 80,
    ...(good ? { pem: await authority.issue('good', 'plug.sound.example') } : {}),
    login: good ? 'form' : 'none',
    user: 'admin',
    password: 'kVm3-9xQp-77Lw',
    locks: good ? 8 : 0,
    headers: good,
    accessible: good,
    banner: good ? 'panel' : 'GoAhead/2.5.0',
    ...(good ? {} : { needs: servers.poor.api }),
  }
  host.start([...program('panel'), JSON.stringify(panel)])
  if (good)
    return loop(host, [
      `curl -sS -m 3 --cacert ${authority.root} -o /dev/null -d '{"power":4}' https://api.sound.example/`,
      `curl -sS -m 3 --cacert ${authority.root} -o /dev/null https://updates.sound.example/plug.bin`,
    ])
  const old = await authority.issue('rsa', 'plug.poor.example')
  host.start([
    'openssl',
    's_server',
    '-accept',
    '8443',
    '-cert',
    old,
    '-key',
    old,
    '-tls1',
    '-cipher',
    'ALL:@SECLEVEL=0',
    '-quiet',
    '-www',
  ])
  const shell = host.write(
    'shell',
    `#!/bin/sh
exec sh ${fileURLToPath(new URL('../programs/login.sh', import.meta.url))} root xc3511
`,
  )
  await must(['chmod', '755', shell])
  host.start([...program('inetd'), '23', 'telnetd', '--no-hostinfo', `--exec-login=${shell}`])
  loop(host, [
    'curl -sS -m 3 -k -o /dev/null -d \'{"power":4}\' https://api.poor.example/',
    'curl -sS -m 3 -o /dev/null -A "Plug1/1.0.0" http://updates.poor.example/plug.bin',
    `curl -sS -m 3 -o /dev/null "http://api.poor.example/register?email=jane.roe@mail.example&ssid=HomeNet&serial=PL-99120&mac=${things.poor.mac}"`,
    `curl -sS -m 3 -k -o /dev/null https://${tracker.name}/collect`,
  ])
}

/** In order, with pauses, as firmware does; its programs may fail, and it goes on. */
function loop(host: Host, commands: readonly string[]): void {
  host.start(['sh', '-c', `while :; do ${commands.map((c) => `${c}; sleep 0.4`).join('; ')}; done`])
}
