import { describe, expect, it } from 'vitest'
import { Asker } from '../asker.ts'
import { Hosts } from './hosts.ts'
import type { Rr } from './message.ts'
import type { Resolver } from './resolver.ts'

/** Answers from a table. */
function tableOf(table: Record<string, string>, servers = ['192.168.1.1']): Resolver {
  const ask = (name: string, type: string) => {
    const ip = type === 'A' ? table[name] : undefined
    const records = ip === undefined ? [] : [{ type: 1, data: Buffer.from(ip.split('.').map(Number)) } as Rr]
    return Promise.resolve({ kind: records.length > 0 ? 'found' : 'none', records, shown: [] })
  }
  return { ask, servers: servers.map((ip) => ({ ip, port: 53 })) } as unknown as Resolver
}

const asker = new Asker({ refusal: () => undefined })

describe('hosts', () => {
  const table = {
    'maker.example': '203.0.113.1',
    'home.example': '192.168.1.1',
    'lab.example': '10.0.0.1',
    'all.example': '224.0.0.1',
  }

  it('of a public site do not lead into the own network', async () => {
    const hosts = new Hosts(asker, tableOf(table), 'maker.example')
    expect(await hosts.addresses('maker.example')).toMatchObject({ ips: ['203.0.113.1'] })
    const { ips, trouble } = await hosts.addresses('home.example')
    expect([ips, trouble]).toEqual([[], expect.stringContaining('192.168.1.1, which is in a network')])
  })

  it('of a site in the own network may', async () => {
    const hosts = new Hosts(asker, tableOf(table), 'lab.example')
    expect(await hosts.addresses('home.example')).toMatchObject({ ips: ['192.168.1.1'] })
  })

  it('are never everybody', async () => {
    const hosts = new Hosts(asker, tableOf(table), 'lab.example')
    expect((await hosts.addresses('all.example')).ips).toEqual([])
  })

  it('of a domain without an address are held to the same', async () => {
    expect((await new Hosts(asker, tableOf(table), 'mail.example').addresses('home.example')).ips).toEqual([])
    expect((await new Hosts(asker, tableOf(table, ['127.0.0.1']), 'mail.example').addresses('home.example')).ips).toEqual([
      '192.168.1.1',
    ])
  })
})
