import { dnsColumns } from '../dns.ts'
import { adbColumns, amqpColumns, kasaColumns, mqttColumns, openvpnColumns } from './brokers.ts'
import type { StreamColumn } from './column.ts'
import {
  ftpColumns,
  httpColumns,
  imapColumns,
  pop3Columns,
  rtspColumns,
  smtpColumns,
  sshColumns,
  telnetColumns,
  xmppColumns,
} from './lines.ts'
import { dnp3Columns, enipColumns, knxipColumns, modbusColumns, opcuaColumns, s7Columns } from './machines.ts'
import { sipColumns } from './sip.ts'

/** Of a protocol over TCP that tshark reads. */
export interface KnownStream {
  /** tshark's dissector. */
  readonly layer: string
  readonly port: number
  readonly options?: readonly string[]
  /** It dies of some conversations, so that few are shown to it at once. */
  readonly fragile?: boolean
  /** It reads the first line of a segment and no other. */
  readonly byLines?: boolean
  readonly columns: readonly StreamColumn<never>[]
}

/** By the decoder's protocol. */
export const knownStreams: Readonly<Record<string, KnownStream>> = {
  adb: { layer: 'adb', port: 5555, fragile: true, columns: adbColumns },
  amqp: { layer: 'amqp', port: 5672, columns: amqpColumns },
  dnp3: { layer: 'dnp3', port: 20000, columns: dnp3Columns },
  dns: { layer: 'dns', port: 53, columns: dnsColumns },
  enip: { layer: 'enip', port: 44818, columns: enipColumns },
  ftp: { layer: 'ftp', port: 21, byLines: true, columns: ftpColumns },
  http: { layer: 'http', port: 80, columns: httpColumns },
  imap: { layer: 'imap', port: 143, columns: imapColumns },
  kasa: { layer: 'tplink-smarthome', port: 9999, columns: kasaColumns },
  knxip: { layer: 'kip', port: 3671, columns: knxipColumns },
  modbus: { layer: 'mbtcp', port: 502, columns: modbusColumns },
  mqtt: { layer: 'mqtt', port: 1883, columns: mqttColumns },
  opcua: { layer: 'opcua', port: 4840, columns: opcuaColumns },
  openvpn: { layer: 'openvpn', port: 1194, columns: openvpnColumns },
  pop3: { layer: 'pop', port: 110, byLines: true, columns: pop3Columns },
  rtsp: { layer: 'rtsp', port: 554, columns: rtspColumns },
  s7: { layer: 'tpkt', port: 102, columns: s7Columns },
  sip: { layer: 'sip', port: 5060, columns: sipColumns },
  smtp: { layer: 'smtp', port: 25, options: ['-o', 'smtp.decryption:TRUE'], columns: smtpColumns },
  ssh: { layer: 'ssh', port: 22, columns: sshColumns },
  telnet: { layer: 'telnet', port: 23, columns: telnetColumns },
  xmpp: { layer: 'xmpp', port: 5222, columns: xmppColumns },
}
