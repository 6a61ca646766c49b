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
    sends: (host: Host, ip: string, hopLimit = 64) => hosts.sentFrom(host, key(ip), { hopLimit, time: 0, capture: 0, frame: 1 }),
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

  it('and that is so also where the private one was claimed before anything was sent from it', () => {
    const { thing, sends, own, hosts, key } = network()
    hosts.claim(thing(1), key('192.168.1.5'), 0, FRAME)
    sends(thing(1), '192.168.1.5')
    sends(thing(2), '203.0.113.9')
    expect(own(thing(2))).toEqual([])
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

describe('who is a router', () => {
  it('is not decided by one packet, whoever sent it', () => {
    const { thing, sends, hosts, key } = network()
    // sent to it for an Internet address
    sends(thing(1), '192.168.1.5')
    hosts.sentTo(thing(1), key('8.8.8.8'))
    expect(hosts.isRouter(thing(1))).toBe(false)
    // sent by it from a stranger's address, forwarded or forged
    sends(thing(2), '192.168.1.6')
    sends(thing(2), '203.0.113.9', 5)
    expect(hosts.isRouter(thing(2))).toBe(false)
    for (let n = 1; n < 50; n++) sends(thing(2), `203.0.113.${n}`, 64)
    expect(hosts.isRouter(thing(2))).toBe(false)
  })

  it('is who forwards in both directions, is named, or is the next hop of several addresses', () => {
    const { thing, sends, hosts, key } = network()
    sends(thing(1), '192.168.1.1')
    sends(thing(1), '203.0.113.9', 53)
    hosts.sentTo(thing(1), key('203.0.113.9'))
    hosts.routers.add(key('192.168.2.1'))
    sends(thing(2), '192.168.2.1')
    for (const ip of ['8.8.8.8', '1.1.1.1']) hosts.sentTo(thing(3), key(ip))
    expect([1, 2, 3].map((n) => hosts.isRouter(thing(n)))).toEqual([true, true, true])
  })

  it('is never who calls the Internet through another, even in the router’s name', () => {
    const { thing, sends, hosts, key } = network()
    sends(thing(1), '192.168.1.5')
    hosts.called(thing(1), key('192.168.1.5'), key('8.8.8.8'))
    hosts.routers.add(key('192.168.1.1'))
    hosts.claim(thing(1), key('192.168.1.1'), 0, FRAME)
    for (const ip of ['8.8.8.8', '1.1.1.1']) hosts.sentTo(thing(1), key(ip))
    expect(hosts.isRouter(thing(1))).toBe(false)
  })

  it('is not told from addresses that share a key', () => {
    const { thing, sends, hosts, key } = network()
    for (let n = 0; n < 66_000; n++) key(`2001:db8::${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)}`)
    expect(key('fe80::1234')).toBeUndefined()
    hosts.sentFrom(thing(1), 2 ** 32, { hopLimit: 1, time: 0, capture: 0, frame: 1 })
    sends(thing(1), '192.168.1.5')
    expect(hosts.isRouter(thing(1))).toBe(false)
  })
})
