import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../testing/datagrams.ts'
import { dialogueCapture, type Turn } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import type { DeviceEvidence } from '../evidence.ts'
import type { Kind } from '../kinds.ts'

async function sides(turns: readonly Turn[], port: number, transport: 'tcp' | 'udp' = 'tcp'): Promise<DeviceEvidence[]> {
  const at = await observed(dialogueCapture(turns, port, transport))
  return [at('192.168.7.2'), at('192.168.7.1')]
}
const data = <K extends Kind>(device: DeviceEvidence | undefined, kind: K) => device!.of(kind).map((one) => one.data)
const signals = (device: DeviceEvidence | undefined) => device!.identity.signals.map((one) => `${one.kind} ${one.value}`)

describe('control', () => {
  it('Modbus: who asks and who obeys, at both ends; the done outweighs the refused', async () => {
    const [client, server] = await sides(
      [
        ['client', bytesOf('0001 0000 0006 01 05 00ac ff00')],
        ['server', bytesOf('0001 0000 0006 01 05 00ac ff00')],
        ['client', bytesOf('0002 0000 0006 01 05 ffff ff00')],
        ['server', bytesOf('0002 0000 0003 01 85 02')],
      ],
      502,
    )
    const fact = { protocol: 'modbus', deed: 'write', operation: 'Write Single Coil', outcome: 'done', authentication: 'none' }
    expect(data(client, 'control')).toMatchObject([{ ...fact, role: 'client', peer: { ip: '192.168.7.1', port: 502 } }])
    expect(data(server, 'control')).toMatchObject([{ ...fact, role: 'server', peer: { ip: '192.168.7.2' } }])
    expect(server!.of('control')[0]).toMatchObject({ count: 2 })
    expect(server!.services).toMatchObject([{ port: 502, protocol: 'modbus', protection: 'clear' }])
  })

  it('S7: what is done for who logged in is not done for anyone, though it was tried before', async () => {
    const unit = (kind: number, reference: number, parameters: string, error = '') => {
      const body = bytesOf(
        `02 f0 80 32 0${kind} 0000 000${reference} 00${bytesOf(parameters).length.toString(16).padStart(2, '0')} 0000 ${error} ${parameters}`,
      )
      return new Uint8Array([3, 0, 0, body.length + 4, ...body])
    }
    const stop = (reference: number, error: string): Turn[] => [
      ['client', unit(1, reference, '29 00')],
      ['server', unit(3, reference, '29', error)],
    ]
    const logIn: Turn[] = [
      ['client', unit(7, 2, '00 01 12 04 11 45 01 00')],
      ['server', unit(7, 2, '00 01 12 08 12 85 01 01 00 00 0000')],
    ]
    const fate = async (turns: readonly Turn[]) =>
      data((await sides(turns, 102))[1], 'control')
        .filter(({ operation }) => operation === 'PLC Stop')
        .map(({ outcome, authentication }) => `${outcome} ${authentication}`)
    expect(await fate([...stop(1, 'd602'), ...logIn, ...stop(3, '0000')])).toEqual(['done used'])
    expect(await fate([...stop(1, '0000'), ...logIn, ...stop(3, '0000')])).toEqual(['done none'])
  })

  it('BACnet: an answer ends what was asked and is not counted again; identity is signals, the serial number masked', async () => {
    const text = (value: string) =>
      `75 ${(value.length + 1).toString(16).padStart(2, '0')} 00 ${Buffer.from(value).toString('hex')}`
    const carried = (apdu: string) => {
      const body = bytesOf(`0100 ${apdu}`)
      return new Uint8Array([0x81, 0x0a, 0, body.length + 4, ...body])
    }
    const [client, server] = await sides(
      [
        ['client', carried('0004010e 0c 0200007b 1e 0979 092c 0946 0a0174 1f')],
        [
          'server',
          carried(
            `30010e 0c 0200007b 1e 2979 4e ${text('Acme')} 4f 292c 4e ${text('2.1')} 4f 2946 4e ${text('T-1000')} 4f 2a0174 4e ${text('SN4711')} 4f 1f`,
          ),
        ],
        ['client', carried('00040214 0900 1d 09 00 4162436445664768')],
        ['server', carried('200214')],
      ],
      47808,
      'udp',
    )
    expect(data(client, 'control')).toMatchObject([
      { role: 'client', operation: 'ReadPropertyMultiple', outcome: 'done' },
      { role: 'client', operation: 'ReinitializeDevice', deed: 'stop', outcome: 'done' },
    ])
    expect(client!.of('control').map((one) => one.count)).toEqual([1, 1])
    expect(data(server, 'protocol')).toMatchObject([
      { protocol: 'bacnet', role: 'server', detail: { vendor: 'Acme', model: 'T-1000', firmware: '2.1', serial: 'S…(6)' } },
    ])
    expect(data(server, 'personal')).toMatchObject([{ what: 'serial', masked: 'S…(6)', protocol: 'bacnet' }])
    expect(data(server, 'credential')).toMatchObject([{ protocol: 'bacnet', secret: 'A…(8)' }])
    expect(signals(server)).toEqual(expect.arrayContaining(['control.vendor Acme', 'control.model T-1000']))
    expect(server!.identity).toMatchObject({ vendor: 'Acme', model: 'T-1000' })
    const kinds: Kind[] = ['control', 'credential', 'personal', 'protocol']
    const all = JSON.stringify([client, server].map((one) => [one!.identity, kinds.map((kind) => data(one, kind))]))
    expect(all).not.toMatch(/SN4711|AbCdEfGh/)
  })

  it('BACnet: a backup that was done is no restart that was refused', async () => {
    // ReinitializeDevice (clause 16.4): start of a backup, done; then a cold start, refused
    const ask = (state: string) => ['client', bytesOf(`810a 000c 0104 0004 0214 09${state}`)] as const
    const backedUp = [ask('02'), ['server', bytesOf('810a 0009 0100 2002 14')]] as const
    const told = async (...turns: Turn[]) =>
      (await observed(dialogueCapture(turns, 47808, 'udp', 47808)))('192.168.7.1')
        .of('control')
        .map(({ data }) => [data.deed, data.outcome])
    expect(await told(...backedUp)).toEqual([['program', 'done']])
    expect(await told(...backedUp, ask('00'), ['server', bytesOf('810a 000d 0100 5002 14 9102 9119')])).toEqual([
      ['program', 'done'],
      ['stop', 'refused'],
    ])
  })

  it('KNX: what is wrapped is encrypted, what is not is clear', async () => {
    const tunnel = bytesOf('0610 0420 0015 04010000 1100bce0 0000 0801 01 0081')
    const wrapped = bytesOf(`0610 0950 0026 0001 000000000001 00fa12345678 affe ${'5a'.repeat(16)}`)
    const answer = bytesOf('0610 0421 000a 04010000')
    const [, open] = await sides(
      [
        ['client', tunnel],
        ['server', answer],
      ],
      3671,
      'udp',
    )
    expect(open!.services).toMatchObject([{ protocol: 'knxip', protection: 'clear' }])
    expect(data(open, 'control')).toMatchObject([{ deed: 'command', operation: 'A_GroupValue_Write', outcome: 'unknown' }])
    const [, secured] = await sides(
      [
        ['client', wrapped],
        ['server', wrapped],
      ],
      3671,
      'udp',
    )
    expect(secured!.services).toMatchObject([{ protocol: 'knxip', protection: 'encrypted' }])
    expect(data(secured, 'control')).toEqual([])
  })
})
