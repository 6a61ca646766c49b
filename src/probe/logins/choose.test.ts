import { describe, expect, it } from 'vitest'
import { choose } from './choose.ts'

const pairs = (protocol: string, says: string, most = 4, nameless = false) =>
  choose(protocol, says, most, nameless).map(({ user, password }) => `${user}:${password}`)

describe('the choice of pairs', () => {
  it('has as many as may be tried, each from a published list, of any protocol', () => {
    for (const protocol of ['http', 'telnet', 'ssh', 'ftp', 'rtsp', 'mqtt'])
      for (const most of [4, 10]) {
        const chosen = choose(protocol, '', most)
        expect(chosen).toHaveLength(most)
        expect(new Set(pairs(protocol, '', most)).size).toBe(most)
        for (const { list } of chosen) expect(["maker's manual", 'Mirai source code']).toContain(list)
      }
  })

  it.each([
    ['http', 'TP-LINK Wireless Router', 'admin:admin'],
    ['http', 'AXIS 210A Network Camera', 'root:pass'],
    ['rtsp', 'Hikvision', 'admin:12345'],
    ['rtsp', 'H264DVR NetSurveillance', 'root:xc3511'],
    ['ssh', 'dropbear\nMikroTik RouterOS', 'admin:'],
    ['ssh', 'OpenSSH_9.2p1 Raspbian-2+deb12u3', 'pi:raspberry'],
    ['mqtt', 'RabbitMQ', 'guest:guest'],
    ['telnet', 'WAGO 750-881', 'root:wago'],
    ['http', 'WAGO 750-881', 'admin:wago'],
  ])('begins with what its maker gives out (%s, %s)', (protocol, says, first) => {
    expect(pairs(protocol, says)[0]).toBe(first)
  })

  it('takes no word within another for a maker', () => {
    expect(pairs('http', 'taxis personnel xdell')).toEqual(pairs('http', ''))
  })

  it('tries each password once where no name is asked for, and none that is empty', () => {
    const chosen = choose('telnet', '', 10, true).map(({ password }) => password)
    expect(new Set(chosen).size).toBe(chosen.length)
    expect(chosen).not.toContain('')
  })
})
