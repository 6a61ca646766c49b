import type { Dnp3Message, Dnp3Request } from '../../../decode/protocols/dnp3.ts'
import type { EnipMessage, EnipRequest } from '../../../decode/protocols/enip.ts'
import type { KnxMessage, KnxRequest } from '../../../decode/protocols/knxip.ts'
import type { ModbusMessage, ModbusRequest } from '../../../decode/protocols/modbus.ts'
import type { OpcuaMessage, OpcuaRequest } from '../../../decode/protocols/opcua.ts'
import type { S7Message, S7Request } from '../../../decode/protocols/s7.ts'
import type { ControlIdentity } from '../../../decode/protocols/control.ts'
import { ofType } from '../../decoded.ts'
import { given, type StreamColumn, together, unhexed } from './column.ts'

/* Protocols of machines and buildings, in tshark's fields. */

const hex = (digits: number) => (value: number) => `0x${value.toString(16).padStart(digits, '0')}`

/** A type of their messages stands for two: what asks, and what answers. */
const requests =
  <R>(type: 'request' | 'answer' = 'request') =>
  (ms: readonly { readonly type: string }[]) =>
    ms.filter((m) => m.type === type) as unknown as R[]
const identities = (ms: readonly { readonly type: string }[]) => ms.filter((m) => m.type === 'identity') as unknown as Identity[]
type Identity = ControlIdentity<string>

export const modbusColumns: readonly StreamColumn<ModbusMessage>[] = [
  {
    field: 'mbtcp.trans_id',
    from: 'client',
    ours: (ms) => requests<ModbusRequest>()(ms).map((m) => `${m.transaction} ${m.unit} ${m.function}`),
    theirs: (_, row) => together(row, 0, 1, 2),
  },
  { field: 'mbtcp.unit_id', from: 'client', ours: (ms) => requests<ModbusRequest>()(ms).map((m) => String(m.unit)) },
  { field: 'modbus.func_code', from: 'client', ours: (ms) => requests<ModbusRequest>()(ms).map((m) => String(m.function)) },
  {
    field: 'modbus.exception_code',
    from: 'server',
    ours: (ms) => requests<ModbusRequest>()(ms).flatMap((m) => given(m.exception)),
  },
  {
    field: 'modbus.object_str_value',
    from: 'server',
    ours: (ms) =>
      identities(ms).flatMap((m) =>
        given(m.vendor, m.model === m.detail?.['code'] ? undefined : m.model, m.firmware, m.detail?.['code']),
      ),
    theirs: (values) => values.map((value) => value.trim()),
  },
]

const POLICY = 'http://opcfoundation.org/UA/SecurityPolicy#'

export const opcuaColumns: readonly StreamColumn<OpcuaMessage>[] = [
  { field: 'opcua.transport.endpoint', from: 'client', ours: (ms) => ofType(ms, 'channel').flatMap((m) => given(m.url)) },
  {
    field: 'opcua.security.spu',
    from: 'client',
    ours: (ms) => ofType(ms, 'channel').flatMap((m) => given(m.policy)),
    theirs: (values) => values.map((uri) => (uri.startsWith(POLICY) ? uri.slice(POLICY.length) : uri)),
  },
  {
    field: 'opcua.servicenodeid.numeric',
    from: 'client',
    ours: (ms) => [...requests<OpcuaRequest>()(ms).map((m) => String(m.service)), ...ofType(ms, 'login').map(() => '467')],
  },
  { field: 'opcua.UserName', from: 'client', ours: (ms) => ofType(ms, 'login').flatMap((m) => given(m.user)) },
  {
    field: 'opcua.Password',
    from: 'client',
    ours: (ms) => ofType(ms, 'login').flatMap((m) => given(m.password)),
    theirs: (values) => values.map(unhexed),
  },
  { field: 'opcua.ProductUri', from: 'server', ours: (ms) => identities(ms).flatMap((m) => given(m.detail?.['product'])) },
  { field: 'opcua.loctext.Text', from: 'server', ours: (ms) => identities(ms).flatMap((m) => given(m.name)) },
]

export const enipColumns: readonly StreamColumn<EnipMessage>[] = [
  { field: 'enip.command', from: 'client', ours: (ms) => requests<EnipRequest>()(ms).map((m) => hex(4)(m.command)) },
  {
    field: 'cip.sc',
    from: 'client',
    ours: (ms) => requests<EnipRequest>()(ms).flatMap((m) => (m.service === undefined ? [] : [hex(2)(m.service)])),
  },
  {
    field: 'cip.genstat',
    from: 'server',
    ours: (ms) =>
      requests<EnipRequest>()(ms).flatMap((m) =>
        m.service === undefined || m.status === undefined || m.status > 255 ? [] : [hex(2)(m.status)],
      ),
  },
  {
    field: 'enip.status',
    from: 'server',
    ours: (ms) =>
      requests<EnipRequest>()(ms).flatMap((m) => (m.status === undefined || m.status < 256 ? [] : [hex(8)(m.status - 256)])),
  },
  {
    field: 'enip.lir.name',
    from: 'server',
    ours: (ms) => identities(ms).flatMap((m) => given(m.model)),
    theirs: (values) => values.map((value) => value.trim()),
  },
  { field: 'enip.lir.serial', from: 'server', ours: (ms) => identities(ms).map((m) => `0x${m.serial}`) },
  { field: 'enip.lir.vendor', from: 'server', ours: (ms) => identities(ms).map((m) => hex(4)(Number(m.detail!['vendor id']))) },
  {
    field: 'enip.lir.prodcode',
    from: 'server',
    ours: (ms) => identities(ms).map((m) => m.detail!['product code']!),
    theirs: (values) => values.map((value) => String(Number(value))),
  },
]

/** Of a job; of user data. */
const isJob = (code: number) => code < 0x100
const trimmed = (values: readonly string[]) =>
  values.map((value) => value.replace(/(?:\\[0-7]{3}|\\[abfnrtv]|[^\x21-\x7e])+$/, ''))

export const s7Columns: readonly StreamColumn<S7Message>[] = [
  { field: 's7comm.header.pduref', from: 'client', ours: (ms) => requests<S7Request>()(ms).map((m) => String(m.reference)) },
  {
    field: 's7comm.param.func',
    from: 'client',
    ours: (ms) => requests<S7Request>()(ms).flatMap((m) => (isJob(m.function) ? [hex(2)(m.function)] : [])),
  },
  {
    field: 's7comm.param.userdata.funcgroup',
    from: 'client',
    ours: (ms) => requests<S7Request>()(ms).flatMap((m) => (isJob(m.function) ? [] : [String(m.function >> 8)])),
  },
  {
    field: 's7comm.szl.001c.0001.name',
    from: 'server',
    ours: (ms) => identities(ms).flatMap((m) => given(m.name)),
    theirs: trimmed,
  },
  {
    field: 's7comm.szl.001c.0005.serialn',
    from: 'server',
    ours: (ms) => identities(ms).flatMap((m) => given(m.serial)),
    theirs: trimmed,
  },
  {
    field: 's7comm.szl.001c.0007.cputypname',
    from: 'server',
    ours: (ms) => identities(ms).flatMap((m) => given(m.model)),
    theirs: trimmed,
  },
]

export const dnp3Columns: readonly StreamColumn<Dnp3Message>[] = [
  {
    field: 'dnp3.al.func',
    ours: (ms) => requests<Dnp3Request>()(ms).map((m) => String(m.function)),
    theirs: (values) => values.map((value) => String(Number(value))),
  },
  { field: 'dnp3.src', ours: (ms) => requests<Dnp3Request>()(ms).map((m) => String(m.source)) },
  { field: 'dnp3.dst', ours: (ms) => requests<Dnp3Request>()(ms).map((m) => String(m.destination)) },
  {
    field: 'dnp3.al.da.value',
    ours: (ms) => identities(ms).flatMap((m) => given(m.vendor, m.model, m.firmware, m.serial, m.name, m.detail?.['location'])),
    theirs: (values) => values.map((value) => value.trim()),
  },
]

const SHORT: readonly (readonly [RegExp, string])[] = [
  [/^A_|_/g, ''],
  [/SecureService/, 'DataSec'],
  [/Memory/, 'Mem'],
  [/IndividualAddress/, 'IndAddr'],
  [/DeviceDescriptor/, 'DevDescr'],
  [/PropertyValue/, 'PropValue'],
  [/Request/, 'Req'],
  [/Authorize/, 'Auth'],
]
/** An operation of the bus as tshark names it. */
const named = (operation: string) =>
  operation.startsWith('A_')
    ? SHORT.reduce((name, [long, short]) => name.replace(long, short), operation)
    : operation.replace('Command', 'Cmd').replace('State', '')

export const knxipColumns: readonly StreamColumn<KnxMessage>[] = [
  {
    field: 'knxip.service',
    ours: (ms) => ms.flatMap((m) => (m.type === 'identity' ? [] : [hex(4)(m.service)])),
  },
  {
    field: '_ws.col.Info',
    ours: (ms) => requests<KnxRequest>()(ms).flatMap((m) => (/^[AM]_/.test(m.operation) ? [named(m.operation)] : [])),
    theirs: (values) => values.flatMap((value) => value.replaceAll('RestartReq', 'Restart').split(/[ ,.[\]]+/)),
  },
  {
    field: 'knxip.status',
    ours: (ms) => requests<KnxRequest>('answer')(ms).flatMap((m) => (m.outcome === 'done' ? ['0x00'] : [])),
  },
  { field: 'knxip.device.name', ours: (ms) => identities(ms).flatMap((m) => given(m.name)), theirs: trimmed },
  { field: 'knxip.sernr', ours: (ms) => identities(ms).map((m) => `0x0000${m.serial}`) },
]
