import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { NoTarget, targetsOf } from './targets.ts'

const names: Record<string, string[]> = {
  'Camera.lan.': ['192.168.1.7', 'fd00::7'],
  'rebind.example': ['10.0.0.1', '203.0.113.9'],
  'www.example.com': ['203.0.113.9'],
  'nobody.lan': [],
  'group.lan': ['224.0.0.251'],
}
let asked: string[] = []
const naming = {
  resolve: async (name: string) => {
    asked.push(name)
    if (names[name] === undefined) throw Object.assign(new Error(), { code: 'ENOTFOUND' })
    return names[name]
  },
  known: new Map([
    ['mac-0017882476ff', '192.168.1.9'],
    ['00:17:88:24:76:ff', '192.168.1.9'],
    ['hub', '192.168.1.9'],
  ]),
  near: async () => [{ ip: '192.168.1.12', mac: '02:00:00:00:00:12' }],
}
const of = (...named: string[]) => targetsOf(named, naming)

describe('who is asked', () => {
  it('takes addresses, names, ids and hardware addresses, each once', async () => {
    expect(await of('192.168.1.7', '[fd00::1]', 'fe80::1%eth0', 'FD00:0:0::2', '::ffff:10.0.0.1', 'ip-10.1.2.3')).toEqual([
      { ip: '192.168.1.7' },
      { ip: 'fd00::1' },
      { ip: 'fe80::1%eth0' },
      // as sockets tell them: answers are known by it
      { ip: 'fd00::2' },
      { ip: '10.0.0.1' },
      { ip: '10.1.2.3' },
    ])
    // a hardware address and an id are no names to call it by: no certificate bears them
    expect(await of('mac-0017882476ff', '00-17-88-24-76-FF')).toEqual([{ ip: '192.168.1.9', mac: '00:17:88:24:76:ff' }])
    expect(await of('02:00:00:00:00:12')).toMatchObject([{ ip: '192.168.1.12', mac: '02:00:00:00:00:12' }])
    expect(await of('hub')).toEqual([{ ip: '192.168.1.9' }])
  })

  it('looks a name up once, and pins what it found', async () => {
    asked = []
    expect(await of('Camera.lan.')).toEqual([{ ip: '192.168.1.7', name: 'camera.lan' }])
    expect(asked).toEqual(['Camera.lan.'])
  })

  it.each([
    ['8.8.8.8', /a public address/],
    ['2001:db8::1', /a public address/],
    ['::ffff:8.8.8.8', /a public address/],
    ['::ffff:808:808', /a public address/],
    ['0:0:0:0:0:ffff:e000:1', /many at once/],
    ['::ffff:10.0.0.0/126', /no range of addresses/],
    // one public address among private ones is enough
    ['rebind.example', /rebind\.example \(203\.0\.113\.9\): a public address/],
    ['www.example.com', /a public address/],
    ['224.0.0.251', /many at once/],
    ['ff02::1', /many at once/],
    ['255.255.255.255', /many at once/],
    ['group.lan', /many at once/],
    ['nobody.lan', /no address was found/],
    ['missing.lan', /no address was found for this name \(ENOTFOUND\)/],
    ['02:00:00:00:00:99', /no address of it is known/],
    ['192.168.1.0/23', /more than 256 addresses/],
    ['8.8.8.0/28', /ranges of public addresses/],
    ['fd00::/64', /more than 256 addresses/],
    ['192.168.1.0/33', /no range of addresses/],
    ['192.168.1.0/', /no range of addresses/],
    ['a b', /neither an address nor a name/],
    ['-x', /neither an address nor a name/],
    ['', /neither an address nor a name/],
    ['http://192.168.1.7/', /the address of a page, not of a device/],
    ['192.168.1.7:80', /neither an address nor a name/],
  ])('refuses %s before anything is sent', async (name, why) => {
    const refused = await of(name).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(refused).toBeInstanceOf(NoTarget)
    expect((refused as NoTarget).message).toMatch(why)
    expect((refused as NoTarget).advice).not.toBe('')
  })

  it('takes public ones from who says that they may', async () => {
    expect(await targetsOf(['8.8.8.8', 'www.example.com'], { ...naming, allowed: true })).toHaveLength(2)
    await expect(targetsOf(['224.0.0.1'], { ...naming, allowed: true })).rejects.toThrow(NoTarget)
    await expect(targetsOf(['8.8.8.0/30'], { ...naming, allowed: true })).rejects.toThrow('public addresses')
  })

  it('knows who is in a range: nobody is its network or all of it', async () => {
    expect(await of('192.168.99.8/30')).toEqual([
      { ip: '192.168.99.9', sought: true },
      { ip: '192.168.99.10', sought: true },
    ])
    expect(await of('10.1.2.3/24')).toHaveLength(254)
    expect(await of('10.1.2.3/32')).toEqual([{ ip: '10.1.2.3', sought: true }])
    expect((await of('fd00::10/126')).map(({ ip }) => ip)).toEqual(['fd00::10', 'fd00::11', 'fd00::12', 'fd00::13'])
  })

  it('does not ask everybody of a network that this machine is in', async () => {
    const own = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && one.netmask === '255.0.0.0')
    if (own?.address === '127.0.0.1') {
      await expect(of('127.255.255.255')).rejects.toThrow('many at once')
      await expect(of('::ffff:127.255.255.255')).rejects.toThrow('many at once')
    }
  })
})
