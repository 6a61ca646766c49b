import { bytesOf } from '../../src/testing/datagrams.ts'
import type { Turn } from '../../src/testing/dialogue-capture.ts'
import { link } from '../../src/testing/dnp3.ts'
import { hex, le16, le32, u16 } from './hex.ts'

/* Conversations of the protocols of machines and buildings, made by their standards. */

const client = (bytes: Uint8Array): Turn => ['client', bytes]
const server = (bytes: Uint8Array): Turn => ['server', bytes]
const size = (digits: string) => bytesOf(digits).length

/** MODBUS Messaging on TCP/IP Implementation Guide v1.0b section 3.1.3. */
const adu = (transaction: number, unit: number, pdu: string) =>
  bytesOf(`${u16(transaction)} 0000 ${u16(size(pdu) + 1)} ${u16(unit).slice(2)} ${pdu}`)
const object = (id: string, value: string) => `${id} ${u16(value.length).slice(2)} ${hex(value)}`

export const modbus: readonly Turn[][] = [
  [
    client(adu(1, 1, '03 006b 0003')),
    server(adu(1, 1, '03 06 022b 0000 0064')),
    client(adu(2, 1, '05 00ac ff00')),
    server(adu(2, 1, '05 00ac ff00')),
    client(adu(3, 1, '10 0001 0002 04 000a 0102')),
    server(adu(3, 1, '90 02')),
    client(adu(4, 1, '08 0001 0000')),
    server(adu(4, 1, '08 0001 0000')),
    client(adu(5, 1, '2b 0e 01 00')),
    server(adu(5, 1, `2b 0e 01 01 00 00 03 ${object('00', 'Acme')} ${object('01', 'PX-7')} ${object('02', 'V2.11')}`)),
    client(adu(6, 1, '11')),
    server(adu(6, 1, '11 03 07 ff 00')),
  ],
  [
    client(new Uint8Array([...adu(0, 17, '01 0013 0025'), ...adu(0, 18, '02 00c4 0016'), ...adu(0, 17, '16 0004 00f2 0025')])),
    server(new Uint8Array([...adu(0, 17, '01 05 cd6bb20e1b'), ...adu(0, 18, '82 0b'), ...adu(0, 17, '16 0004 00f2 0025')])),
    client(adu(1, 17, '17 0003 0006 000e 0003 06 00ff 00ff 00ff')),
    server(adu(1, 17, '17 0c 00fe 0acd 0001 0003 000d 00ff')),
    client(adu(2, 255, '5a 00 02')),
  ],
]

const NONE = 'ffffffff'
const string = (value: string) => `${le32(value.length)}${hex(value)}`
/** A node's identifier in four bytes (OPC 10000-6 section 5.2.2.9). */
const node = (id: number) => `01 00 ${le16(id)}`
const ua = (kind: string, body: string) =>
  new Uint8Array([...Buffer.from(`${kind}F`), ...bytesOf(le32(size(body) + 8)), ...bytesOf(body)])
/** The headers of requests and answers (OPC 10000-4 sections 7.33 and 7.34). */
const ASKS = `0000 ${'00'.repeat(8)} 01000000 00000000 ${NONE} 10270000 0000 00`
const answers = (result = 0) => `${'00'.repeat(8)} 01000000 ${le32(result)} 00 ${NONE} 0000 00`
const service = (number: number, id: number, body: string) =>
  ua('MSG', `01000000 01000000 ${le32(number)} ${le32(number)} ${node(id)} ${body}`)
const POLICY = 'http://opcfoundation.org/UA/SecurityPolicy#'
const HELLO = ua('HEL', `00000000 00000100 00000100 00000000 00000000 ${string('opc.tcp://192.168.7.1:4840/')}`)
const ACKNOWLEDGE = ua('ACK', '00000000 00000100 00000100 00000000 00000000')
const opened = (policy: string, body: string) =>
  ua('OPN', `00000000 ${string(POLICY + policy)} ${NONE} ${NONE} 01000000 01000000 ${body}`)
const open = opened('None', `${node(446)} ${ASKS} 00000000 00000000 01000000 ${NONE} 80ee3600`)
const granted = opened('None', `${node(449)} ${answers()} 00000000 07000000 01000000 ${'00'.repeat(8)} 80ee3600 ${NONE}`)
const APPLICATION = `${string('urn:press')} ${string('urn:acme:press')} 02 ${string('Press 7')} 00000000 ${NONE} ${NONE} 00000000`
const endpoint = (mode: number, policy: string) =>
  `${string('opc.tcp://192.168.7.1:4840/')} ${APPLICATION} ${NONE} ${le32(mode)} ${string(POLICY + policy)} 01000000 ${string('anon')} 00000000 ${NONE} ${NONE} ${NONE} ${string('http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary')} 00`
const USER = `${string('user')} ${string('operator')} ${string('s3cret')} ${NONE}`
const activate = (token: string) => `${ASKS} ${NONE} ${NONE} 00000000 00000000 ${token} ${NONE} ${NONE}`

export const opcua: readonly Turn[][] = [
  [
    client(HELLO),
    server(ACKNOWLEDGE),
    client(open),
    server(granted),
    client(service(2, 428, `${ASKS} ${string('opc.tcp://192.168.7.1:4840/')} 00000000 00000000`)),
    server(service(2, 431, `${answers()} 02000000 ${endpoint(1, 'None')} ${endpoint(3, 'Basic256Sha256')}`)),
    client(service(3, 467, activate(`${node(324)} 01 ${le32(size(USER))} ${USER}`))),
    server(service(3, 470, `${answers()} ${NONE} 00000000 00000000`)),
    client(service(4, 673, `${ASKS} 01000000 ${node(2255)} 0d000000 ${NONE} 01 06 2a000000`)),
    server(service(4, 397, answers(0x801f0000))),
    client(service(5, 631, `${ASKS} ${'00'.repeat(8)} 02000000 01000000 ${node(2255)} 0d000000 ${NONE} 0000 ${NONE}`)),
    server(service(5, 634, `${answers()} 01000000 01 06 2a000000 00000000`)),
  ],
  [
    client(HELLO),
    server(ACKNOWLEDGE),
    client(open),
    server(granted),
    client(service(2, 467, activate(`${node(321)} 01 ${le32(size(string('anon')))} ${string('anon')}`))),
    server(service(2, 470, `${answers()} ${NONE} 00000000 00000000`)),
    client(service(3, 473, `${ASKS} 01`)),
    server(service(3, 476, answers())),
  ],
]

/** An encapsulation header (CIP Networks Library volume 2, section 2-3) and its data. */
const enipMessage = (command: number, data: string, session = 7, context = 1, status = 0) =>
  bytesOf(`${le16(command)} ${le16(size(data))} ${le32(session)} ${le32(status)} ${le32(context)} 00000000 00000000 ${data}`)
/** Unconnected data (type 0xb2) behind a null address; data of a connection (0xb1) behind its number. */
const send = (cip: string, context: number) =>
  enipMessage(0x6f, `00000000 0500 0200 0000 0000 b200 ${le16(size(cip))} ${cip}`, 7, context)
const connected = (cip: string, sequence: number) =>
  enipMessage(0x70, `00000000 0000 0200 a100 0400 01020304 b100 ${le16(size(cip) + 2)} ${le16(sequence)} ${cip}`, 7, 0)
const IDENTITY = `0100 0002 af12 c0a80701 ${'00'.repeat(8)} 0100 0e00 9900 14 0e 6030 78563412 17 ${hex('1769-L24ER-QB1B/A LOGIX')} 03`

export const enip: readonly Turn[][] = [
  [
    client(enipMessage(0x65, '0100 0000', 0, 1)),
    server(enipMessage(0x65, '0100 0000', 7, 1)),
    client(send('01 02 20 01 24 01', 2)),
    server(send('81 00 00 00 0100 0e00', 2)),
    client(send('05 02 20 01 24 01', 3)),
    server(send('85 00 0f 00', 3)),
    client(send('52 02 20 06 24 01 0a 0e 0a00 4d 02 91 02 6162 c300 0100 0100 0100', 4)),
    server(send('cd 00 00 00', 4)),
    client(connected('0e 03 20 04 24 65 30 03', 1)),
    server(connected('8e 00 00 00 0102', 1)),
    client(connected('4c 03 91 04 72617465 0100', 2)),
    server(connected('cc 00 05 00', 2)),
    client(enipMessage(0x6f, '00000000 0500 0200 0000 0000 b200 0600 01 02 20 01 24 01', 9, 5)),
    server(enipMessage(0x6f, '', 9, 5, 0x64)),
    client(enipMessage(0x66, '')),
  ],
  [
    client(enipMessage(0x63, '', 0, 0)),
    server(enipMessage(0x63, `0100 0c00 ${le16(size(IDENTITY))} ${IDENTITY}`, 0, 0)),
    client(enipMessage(0x04, '', 0, 2)),
    server(enipMessage(0x04, `0100 0001 1400 0100 2001 ${hex('Communications')} 0000`, 0, 2)),
  ],
]

/** TPKT (RFC 1006) around COTP, and in its data a unit of S7: kind, reference, parameters and data, of an answer the error. */
const iso = (cotp: string) => bytesOf(`0300 ${u16(size(cotp) + 4)} ${cotp}`)
const unit = (kind: number, reference: number, parameters: string, data = '', error = '') =>
  iso(`02 f0 80 32 0${kind} 0000 ${u16(reference)} ${u16(size(parameters))} ${u16(size(data))} ${error} ${parameters} ${data}`)
const record = (index: number, value: string) => `${u16(index)} ${hex(value.padEnd(32, '\0'))}`
const RECORDS = [record(1, 'PLANT-7'), record(5, 'S C-C2UR28922012'), record(7, 'CPU 315-2 PN/DP')].join('')

export const s7: readonly Turn[][] = [
  [
    client(iso('11 e0 0000 0001 00 c0 01 0a c1 02 0100 c2 02 0102')),
    server(iso('11 d0 0001 0001 00 c0 01 0a c1 02 0100 c2 02 0102')),
    client(unit(1, 1, 'f0 00 0001 0001 01e0')),
    server(unit(3, 1, 'f0 00 0001 0001 00f0', '', '0000')),
    client(unit(7, 2, '00 01 12 04 11 44 01 00', 'ff 09 0004 001c 0000')),
    server(unit(7, 2, '00 01 12 08 12 84 01 01 00 00 0000', `ff 09 ${u16(8 + 3 * 34)} 001c 0000 0022 0003 ${RECORDS}`)),
    client(unit(1, 3, '05 01 12 0a 10 02 0001 0001 84 000000', '00 04 0008 01')),
    server(unit(3, 3, '05 01', '0a', '0000')),
    client(unit(1, 4, '04 01 12 0a 10 02 0004 0001 84 000010')),
    server(unit(3, 4, '04 01', 'ff 04 0020 01020304', '0000')),
    client(unit(1, 5, `29 00 00 00 00 00 09 ${hex('P_PROGRAM')}`)),
    server(unit(3, 5, '29', '', '0000')),
    client(unit(7, 6, '00 01 12 04 11 47 01 00', '0a 00 0000')),
    server(unit(7, 6, '00 01 12 08 12 87 01 01 00 00 0000', 'ff 09 000a 0019 2601 0112 3456 7891')),
  ],
]

const attribute = (variation: string, value: string) => `00 ${variation} 00 00 00 01 ${u16(value.length).slice(2)} ${hex(value)}`

export const dnp3: readonly Turn[][] = [
  [
    client(link('c1 01 3c 02 06')),
    server(link('c1 81 00 00', false)),
    client(link('c2 05 0c 01 17 01 03 01 01 64000000 64000000 00')),
    server(link('c2 81 00 04', false)),
    client(link('c3 0d')),
    server(link(`c3 81 00 00 ${attribute('fa', 'SEL-3530')} ${attribute('fc', 'Schweitzer')} ${attribute('f2', 'R145')}`, false)),
    client(link('c4 02 32 01 07 01 000000000000')),
    server(link('c4 81 00 00', false)),
    client(link('c5 12')),
    server(link('f6 82 00 00 02 01 28 01 00 0000 81', false)),
  ],
]

/** KNX Standard 3/8/2 section 2.3. */
const knx = (code: string, body: string) => bytesOf(`06 10 ${code} ${u16(size(body) + 6)} ${body}`)
const HOST = '08 02 00000000 0000'
const DEVICE = `36 01 02 00 1101 0000 00c5 0123 4567 e000170c 000102030405 ${hex('KNX IP BAOS 772'.padEnd(30, '\0'))}`
const tunnel = (sequence: number, cemi: string) => knx('0420', `04 01 ${u16(sequence).slice(2)} 00 ${cemi}`)

export const knxip: readonly Turn[][] = [
  [
    client(knx('0203', HOST)),
    server(knx('0204', `${DEVICE} 0a 02 02 01 03 01 04 01 05 01`)),
    client(knx('0205', `${HOST} ${HOST} 04 04 02 00`)),
    server(knx('0206', `01 00 ${HOST} 04 04 1102`)),
    client(tunnel(0, '11 00 bc e0 0000 0801 01 00 81')),
    server(knx('0421', '04 01 00 00')),
    client(tunnel(1, '11 00 bc e0 0000 0802 01 00 00')),
    server(tunnel(0, '29 00 bc e0 1101 0802 01 00 41')),
    client(tunnel(2, '11 00 b0 60 0000 1105 01 03 80')),
    client(knx('0310', '04 01 00 00 fc 000b 01 34 10 01')),
    server(knx('0310', '04 01 00 00 fb 000b 01 34 10 01 00')),
    client(knx('0209', `01 00 ${HOST}`)),
    server(knx('020a', '01 00')),
  ],
  [client(knx('0950', `0001 000000000001 00fa12345678 affe ${'5a'.repeat(24)}`)), server(knx('0206', '00 24'))],
]
