import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, must, type Host } from './host.ts'
import { names } from './internet.ts'

export const lan = {
  ip: '192.168.50.1',
  prefix: '192.168.50',
  prefix6: '2001:db8:50::',
  wan: '84.116.32.7',
  wanPeer: '84.116.32.1',
  wan6: '2001:db8:ffff::2',
  wanPeer6: '2001:db8:ffff::1',
}

/** The home's bridge, and the router that owns it: DHCP, DNS and router advertisements by dnsmasq, port mappings by miniupnpd. */
export async function bridge(router: Host, mac: string): Promise<void> {
  await must(
    router.inside([
      'sh',
      '-ec',
      `ip link add br0 address ${mac} type bridge mcast_snooping 0 forward_delay 0
       ip link set br0 up
       ip addr add ${lan.ip}/24 dev br0
       ip addr add ${lan.prefix6}1/64 dev br0 nodad
       echo 1 > /proc/sys/net/ipv4/ip_forward
       echo 1 > /proc/sys/net/ipv6/conf/all/forwarding`,
    ]),
  )
}

export async function startRouter(router: Host): Promise<void> {
  await must(
    router.inside([
      'sh',
      '-ec',
      `ip addr add ${lan.wan}/24 dev wan
       ip -6 addr add ${lan.wan6}/64 dev wan nodad
       ip link set wan up
       ip route add default via ${lan.wanPeer}
       ip -6 route add default via ${lan.wanPeer6}`,
    ]),
  )
  const conf = router.write(
    'dnsmasq.conf',
    [
      'user=root',
      'interface=br0',
      'bind-dynamic',
      'no-resolv',
      'no-hosts',
      'no-ping',
      'log-facility=-',
      'dhcp-authoritative',
      'domain=lan',
      'local=/lan/',
      `dhcp-leasefile=${router.dir}/leases`,
      `dhcp-range=${lan.prefix}.20,${lan.prefix}.199,12h`,
      'enable-ra',
      `dhcp-range=${lan.prefix6},ra-only,64,2h`,
      'ra-param=br0,30,1800',
      ...records(),
    ].join('\n'),
  )
  router.start(['dnsmasq', '--keep-in-foreground', `--conf-file=${conf}`])

  // What Debian's miniupnpd-nftables would set up when it starts.
  await router.run(['nft', '-f', '-'], {
    input: `table inet filter {
      chain forward { type filter hook forward priority 0; policy accept; jump miniupnpd; }
      chain miniupnpd { }
      chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
      chain postrouting { type nat hook postrouting priority 100; policy accept; jump postrouting_miniupnpd; }
      chain prerouting_miniupnpd { }
      chain postrouting_miniupnpd { }
    }`.replaceAll('; ', ';\n'),
  })
  const upnp = router.write(
    'miniupnpd.conf',
    [
      'ext_ifname=wan',
      'listening_ip=br0',
      'http_port=5000',
      'enable_natpmp=no',
      'enable_upnp=yes',
      'friendly_name=Lab Router',
      'manufacturer_name=Lab',
      'model_name=Router',
      'secure_mode=yes',
      'system_uptime=yes',
      'notify_interval=60',
      'uuid=6f1c2a10-5d0e-4c1b-9a77-0a1b2c3d4e5f',
      `allow 1024-65535 ${lan.prefix}.0/24 1024-65535`,
      'deny 0-65535 0.0.0.0/0 0-65535',
    ].join('\n'),
  )
  // It tells the kernel's release to everyone who asks. This machine's is nobody's business: a copy that prints none of it.
  const which = (await must(['sh', '-c', 'command -v miniupnpd'])).trim()
  const quiet = join(router.dir, 'miniupnpd')
  const binary = readFileSync(which, 'latin1').replaceAll('Debian/%s UPnP', 'Linux%.0s UPnP')
  writeFileSync(quiet, binary, { encoding: 'latin1', mode: 0o755 })
  router.start([quiet, '-d', '-f', upnp, '-P', `${router.dir}/miniupnpd.pid`])
}

/** The cloud's names, as dnsmasq options; every other name does not exist. */
export function records(): string[] {
  return [
    ...names.map(({ name, ip, ip6 }) => `host-record=${[name, ip, ip6, '300'].filter(Boolean).join(',')}`),
    'cname=www.google-analytics.com,www-google-analytics.l.google.com',
    'address=/#/',
  ]
}

/** Addresses given so far: hardware address to IPv4. */
export async function leases(router: Host): Promise<Map<string, string>> {
  const { out } = await run(['cat', `${router.dir}/leases`])
  return new Map(
    out
      .split('\n')
      .map((line) => line.split(' '))
      .filter((f) => f.length > 3 && f[2]!.includes('.'))
      .map((f) => [f[1]!, f[2]!]),
  )
}
