import { describe, expect, it } from 'vitest'
import { answers } from './answers.ts'
import type { Kind, Kinds } from './kinds.ts'

const exemplars = [{ probe: 0, entry: 4 }]
const asked = <K extends Kind>(kind: K, key: string, data: Kinds[K]) => ({
  kind,
  key,
  data,
  count: 1,
  bytes: 0,
  first: 0,
  last: 0,
  exemplars,
})

describe('what answers say of a device', () => {
  it('is the signals that traffic gives, shown by the questions', () => {
    const said = answers([
      asked('probe.service', 'tcp/80', { transport: 'tcp', port: 80, protocol: 'http', banner: 'GoAhead-Webs' }),
      asked('probe.service', 'tcp/443', { transport: 'tcp', port: 443, protocol: 'tls', within: 'http', banner: 'nginx/1.22' }),
      asked('probe.service', 'tcp/22', { transport: 'tcp', port: 22, protocol: 'ssh', banner: 'SSH-2.0-dropbear_2022.83' }),
      asked('probe.interface', 'upnp tcp/80 /', {
        protocol: 'upnp',
        port: 80,
        what: 'x',
        gives: 'read',
        detail: { name: 'Kitchen', manufacturer: 'Sonos', model: 'One', other: 'y' },
      }),
      asked('probe.interface', 'mdns _hap._tcp.local', { protocol: 'mdns', port: 5353, what: 'x', gives: 'read' }),
    ])
    expect(said.map(({ kind, value }) => `${kind} ${value}`)).toEqual([
      'http.server GoAhead-Webs',
      'http.server nginx/1.22',
      'banner dropbear_2022.83',
      'upnp.friendly-name Kitchen',
      'upnp.manufacturer Sonos',
      'upnp.model One',
      'mdns.service _hap._tcp',
    ])
    expect(said.every(({ frames }) => frames[0] === exemplars[0])).toBe(true)
  })

  it('is nothing of what says nothing of it', () => {
    expect(
      answers([
        asked('probe.service', 'tcp/9', { transport: 'tcp', port: 9, protocol: '', banner: 'x' }),
        asked('probe.trouble', 'scan tcp', { probe: 'scan', about: 'tcp', reason: 'x', next: 'y' }),
      ]),
    ).toEqual([])
  })
})
