import { describe, expect, it } from 'vitest'
import { aDevice } from '../testing/device.ts'
import { habits } from './habits.ts'

const met = (ip: string) =>
  habits(
    [],
    aDevice()
      .endpoint({ ips: [ip], port: 443, transport: 'tcp' })
      .build().endpoints,
    [],
  )
    .map(({ trait }) => trait)
    .filter((trait) => trait.startsWith('meets'))

describe('habits', () => {
  it('have the network of whom a device meets, and not the server', () => {
    expect(met('203.0.113.9')).toEqual(['meets 203.0.113 tcp/443'])
    expect(met('2a00:1450:4001:80b::200e')).toEqual(['meets 2a00:1450:4001 tcp/443'])
    expect(met('2606:4700::6810:1')).toEqual(['meets 2606:4700:0 tcp/443'])
    expect(met('2a00::5')).toEqual(['meets 2a00:0:0 tcp/443'])
  })
})
