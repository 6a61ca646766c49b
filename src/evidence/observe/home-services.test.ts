import { describe, expect, it } from 'vitest'
import { mdns } from '../../decode/protocols/mdns.ts'
import { datagramOf } from '../../testing/datagrams.ts'
import { local, Recorder, stranger } from '../../testing/recorder.ts'
import { observeMdns } from './mdns.ts'

const label = (text: string) => [text.length, ...Array.from(text, (c) => c.charCodeAt(0))]
const nameOf = (...labels: string[]) => [...labels.flatMap(label), 0]
const u16 = (value: number) => [value >> 8, value & 255]
const record = (owner: number[], type: number, data: number[]) => [
  ...owner,
  ...u16(type),
  0x80,
  1,
  0,
  0,
  0,
  120,
  ...u16(data.length),
  ...data,
]
const service = (type: string) => type.split('.')

/** An announcement (RFC 6762 section 8.3) of one instance: its SRV, TXT and host's address. */
function announce(type: string, instance: string, texts: string[], host = 'thing', aaaa?: number[]): Recorder {
  const owner = nameOf(instance, ...service(type), 'local')
  const records = [
    record(owner, 33, [...u16(0), ...u16(0), ...u16(5540), ...nameOf(host, 'local')]),
    record(owner, 16, texts.length === 0 ? [0] : texts.flatMap(label)),
    ...(aaaa === undefined ? [] : [record(nameOf(host, 'local'), 28, aaaa)]),
  ]
  const bytes = Uint8Array.from([
    ...u16(0),
    ...u16(0x8400),
    ...u16(0),
    ...u16(records.length),
    ...u16(0),
    ...u16(0),
    ...records.flat(),
  ])
  const context = new Recorder(local(1, '192.168.1.7', 5353), { ...stranger('224.0.0.251', 5353), scope: 'multicast' })
  mdns.decode(datagramOf(bytes, 5353, 5353), (message) => observeMdns(message, context))
  return context
}

const details = (context: Recorder) =>
  context.of('protocol').map(({ data }) => {
    const { protocol, role, detail } = data as { protocol: string; role: string; detail: Record<string, string> }
    return { protocol, role, detail }
  })
const software = (context: Recorder) =>
  context.of('software').map(({ data }) => {
    const { product, version } = data as { product: string; version: string }
    return `${product} ${version}`
  })

describe('the home’s services', () => {
  it('Matter: vendor, device type, whether it may be commissioned', () => {
    const context = announce('_matterc._udp', 'DD200C20D25AE5F7', ['VP=4107+9', 'DT=268', 'DN=Desk', 'CM=2', 'D=840'])
    expect(context.signals).toEqual(
      expect.arrayContaining([
        '1 matter.vendor Signify',
        '1 matter.product 0x100B:0x0009',
        '1 matter.device-type color temperature light',
        '1 lan.name Desk',
      ]),
    )
    expect(details(context)).toEqual([
      {
        protocol: 'matter',
        role: 'server',
        detail: { vendor: 'Signify', 'device type': 'color temperature light', commissioning: 'open' },
      },
    ])
    // numbers that are in no table, or none
    expect(announce('_matterc._udp', 'x', ['VP=65521+32769', 'DT=99999']).signals).toEqual(
      expect.arrayContaining(['1 matter.vendor 0xFFF1', '1 matter.product 0xFFF1:0x8001']),
    )
    expect(announce('_matterc._udp', 'x', ['VP=12ab', 'DT=']).signals.filter((one) => one.includes('matter.'))).toEqual([])
  })

  it('HomeKit: category and pairing', () => {
    const context = announce('_hap._tcp', 'Eve', ['md=Eve Energy', 'ci=7', 'sf=1', 'pv=1.1', 'id=AA:BB'])
    expect(context.signals).toEqual(expect.arrayContaining(['1 hap.category outlet', '1 hap.model Eve Energy']))
    expect(details(context)).toEqual([
      { protocol: 'hap', role: 'server', detail: { category: 'outlet', paired: 'no', version: '1.1' } },
    ])
    expect(details(announce('_hap._tcp', 'Eve', ['ci=7', 'sf=0']))[0]?.detail['paired']).toBe('yes')
  })

  it('Thread: the border router’s own words, and the network as an observation', () => {
    const context = announce('_meshcop._udp', 'Router', ['nn=MyHome', 'vn=Apple Inc.', 'mn=BorderRouter', 'tv=1.3.0', 'rv=1'])
    expect(context.signals).toEqual(expect.arrayContaining(['1 thread.vendor Apple Inc.', '1 thread.model BorderRouter']))
    expect(details(context)).toEqual([
      {
        protocol: 'thread',
        role: 'server',
        detail: { network: 'MyHome', version: '1.3.0', vendor: 'Apple Inc.', model: 'BorderRouter' },
      },
    ])
  })

  it('things of a mesh are not the border router that announces them', () => {
    const mesh = [0xfd, 0x11, ...Array.from({ length: 14 }, () => 1)]
    for (const type of ['_matter._tcp', '_matterc._udp', '_hap._udp']) {
      const context = announce(
        type,
        '2906C908D115D362-8FC7772401CD0696',
        ['VP=4107+9', 'ci=5', 'md=Lamp'],
        'A1B2C3D4E5F60708',
        mesh,
      )
      expect(context.signals).toEqual([])
      expect(context.facts).toEqual([])
    }
    // a thing on Wi-Fi has an address of 48 bits in its name
    expect(announce('_matter._tcp', 'x', [], 'A1B2C3D4E5F6', mesh).signals).toEqual(
      expect.arrayContaining(['1 mdns.service _matter._tcp', '1 mdns.host A1B2C3D4E5F6']),
    )
  })

  it('versions of what runs on it', () => {
    expect(
      software(
        announce('_esphomelib._tcp', 'k', ['version=2024.6.1', 'project_name=acme.plug', 'project_version=1.2', 'board=esp01']),
      ),
    ).toEqual(['ESPHome 2024.6.1', 'acme.plug 1.2'])
    expect(software(announce('_shelly._tcp', 'shellyplus1-aa', ['gen=2', 'app=Plus1', 'ver=1.4.4']))).toEqual(['firmware 1.4.4'])
    expect(software(announce('_airplay._tcp', 'TV', ['srcvers=377.20.1', 'osvers=17.1', 'fv=p20.17']))).toEqual([
      'AirPlay 377.20.1',
      'operating system 17.1',
      'firmware p20.17',
    ])
  })

  it('eWeLink and Xiaomi', () => {
    const context = announce('_ewelink._tcp', 'eWeLink_1000', ['txtvers=1', 'type=diy_plug', 'encrypt=false', 'apivers=1'])
    expect(context.signals).toContain('1 ewelink.type diy_plug')
    expect(details(context)[0]?.detail).toEqual({ type: 'diy_plug', 'api version': '1', encrypted: 'no' })
    expect(announce('_miio._udp', 'zhimi-airpurifier-m1_miio53214567', ['epoch=1']).signals).toContain(
      '1 miio.model zhimi.airpurifier.m1',
    )
  })
})
