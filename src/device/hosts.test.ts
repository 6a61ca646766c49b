import { describe, expect, it } from 'vitest'
import { Addresses } from './addresses.ts'
import { type Host, Hosts } from './hosts.ts'

const FRAME = { capture: 0, frame: 1 }

function network() {
  const addresses = new Addresses()
  const hosts = new Hosts(addresses)
  const key = (ip: string) => addresses.parse(ip)!
  return {
    hosts,
    key,
    thing: (last: number): Host => hosts.all[hosts.withMac(Uint8Array.of(2, 0, 0, 0, 0, last), 0)]!,
    sends: (host: Host, ip: string, hopLimit = 64) => hosts.sentFrom(host, key(ip), hopLimit, 0, 0, 1),
    own: (host: Host) => hosts.own(host).map((one) => addresses.text(one)),
    byIp: (ip: string) => hosts.withIp(key(ip), FRAME),
  }
}

describe('whose address it is', () => {
  it('a public one is its sender’s where all have such, unless it was forwarded', () => {
    const { thing, sends, own, hosts } = network()
    sends(thing(1), '192.0.2.1')
    sends(thing(2), '198.51.100.7', 53)
    expect([own(thing(1)), own(thing(2))]).toEqual([['192.0.2.1'], []])
    expect([hosts.isRouter(thing(1)), hosts.isRouter(thing(2))]).toEqual([false, true])
  })

  it('among private ones a public IPv4 address is a stranger’s, whatever its hop limit, unless claimed', () => {
    const { thing, sends, own, hosts, key } = network()
    sends(thing(1), '192.168.1.5')
    sends(thing(2), '203.0.113.9')
    sends(thing(3), '203.0.113.10')
    hosts.claim(thing(3), key('203.0.113.10'), 0, FRAME)
    sends(thing(4), '2001:db8::1')
    expect([1, 2, 3, 4].map((n) => own(thing(n)))).toEqual([['192.168.1.5'], [], ['203.0.113.10'], ['2001:db8::1']])
  })

  it('without a hardware address: private ones only, and one machine behind the loopback', () => {
    const { byIp, hosts, own } = network()
    expect(byIp('198.51.100.7')).toBe(-1)
    expect(byIp('10.0.0.1')).not.toBe(byIp('10.0.0.2'))
    expect(byIp('::1')).toBe(byIp('127.0.0.1'))
    expect(own(hosts.all[byIp('::1')]!)).toEqual(['127.0.0.1', '::1'])
  })

  it('known once by a hardware address, it is that one’s on links that do not tell it', () => {
    const { thing, sends, byIp } = network()
    sends(thing(1), '10.0.0.1')
    expect(byIp('10.0.0.1')).toBe(thing(1).handle)
  })
})
