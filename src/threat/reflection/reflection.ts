import type { Detector, Sign, Telling } from '../detector.ts'
import { bytesText, counted, grouped, spanText } from '../figures.ts'
import { TUNABLES } from './decide.ts'
import { ReflectionSensor } from './reflection-sensor.ts'

const HEAVY = { value: 1000, unit: 'packets a second', why: 'a small thing is busy with them' }
const FULL = { value: 1_250_000, unit: 'bytes a second', why: '10 Mbit/s: a home line feels it' }
const T = TUNABLES

/** Attacks by way of servers that answer whoever seems to ask: on the device, through it, and by it. */
export const reflection: Detector = {
  id: 'reflection',
  title: 'Reflected floods',
  looksFor:
    'Answers by SSDP, NTP, DNS, CLDAP, memcached or SNMP that no device here asked for: ' +
    `${T.answers.value} a second from ${T.servers.value} servers (${T.torrent.value} from any number); answers to connection requests (SYN-ACK) that were never sent: ` +
    `${T.accepted.value} a second from ${T.acceptors.value} servers, or ${T.repeated.value} that were repeated. A device here that is asked the same ` +
    `${T.questions.value} times from the Internet, ${T.pace.value} times a second, and answers ${T.gain.value} times as many bytes. A device that ` +
    `asks such questions under an address that is not its own, ${T.forged.value} times.`,
  mistakes:
    'A capture of one direction of a busy resolver, if its answers are large. Not seen: later fragments of large answers, ' +
    'services other than these (CHARGEN, WS-Discovery, game servers), a device that reflects TCP, or a few questions to each of many reflectors here.',
  baseRate:
    'Nothing in 910 public captures without floods (iot-sentinel, moniotr, ja4, zeek, wireshark, ndpi, tcpdump, the samples), most of them short.',
  tunables: { ...TUNABLES, heavy: HEAVY, full: FULL },
  sensor: (desk) => new ReflectionSensor(desk),
  tell,
}

const NAMES: Record<string, string> = {
  ssdp: 'SSDP',
  ntp: 'NTP',
  dns: 'DNS',
  cldap: 'CLDAP',
  memcached: 'memcached',
  snmp: 'SNMP',
}

function tell(sign: Sign): Telling {
  const part = sign.data.detail['part']
  if (part === 'target') return sign.data.what === 'syn-ack' ? gotSynAcks(sign) : gotAnswers(sign)
  const telling = { campaign: 'recruitment', stage: 'attacking', techniques: ['T1498.002'] } as const
  return part === 'source'
    ? { ...telling, severity: 'critical', confidence: 0.95, says: asks(sign) }
    : { ...telling, severity: 'high', confidence: 0.9, says: answers(sign) }
}

function gotAnswers(sign: Sign): Telling {
  const { data, count, first, last } = sign
  const { detail } = data
  const peak = Number(detail['peak a second'])
  const bytes = Number(detail['bytes'])
  const heavy = peak >= HEAVY.value || (peak * bytes) / count >= FULL.value
  return {
    ...UNDER_ATTACK,
    severity: heavy ? 'high' : 'medium',
    says:
      `${NAMES[data.what]} reflection: was sent ${counted(count, 'answer')} (${bytesText(bytes)}) from about ` +
      `${counted(Number(detail['others']), 'server')} within ${spanText(first, last)}, as many as ${grouped(peak)} in a second, and no question of its own was captured: ` +
      'somebody asks in its name.',
  }
}

function gotSynAcks(sign: Sign): Telling {
  const { data, count, first, last } = sign
  const { detail } = data
  const peak = Number(detail['peak a second'])
  return {
    ...UNDER_ATTACK,
    severity: peak >= HEAVY.value ? 'high' : peak >= T.accepted.value ? 'medium' : 'low',
    says:
      `SYN-ACK reflection: was sent ${counted(count, 'answer')} to connection requests by about ${counted(Number(detail['others']), 'server')} ` +
      `within ${spanText(first, last)}, as many as ${grouped(peak)} in a second (${grouped(Number(detail['again']))} of them repeated), ` +
      `and no request of its own was captured: somebody sends them in its name${peak < T.accepted.value ? '; too few to do harm' : ''}.`,
  }
}

const UNDER_ATTACK = { campaign: 'under-attack', stage: 'flooded', confidence: 0.95, techniques: ['T1498.002'] } as const

function answers({ data, count, first, last }: Sign): string {
  const { detail, peer, port } = data
  const asked = Number(detail['bytes'])
  const answered = Number(detail['bytes answered'])
  const victim = peer ? (peer.name ?? peer.ip) : `about ${counted(Number(detail['others']), 'address', 'addresses')}`
  return (
    `Used for ${NAMES[data.what]} reflection: answered the same question (port ${port}), asked ${counted(count, 'time')} from the Internet in the name of ` +
    `${victim} within ${spanText(first, last)}, with ${bytesText(answered)} for ${bytesText(asked)}, ${Math.floor(answered / asked)} times as much. ` +
    'It need not be infected: its service must not be reachable from the Internet.'
  )
}

function asks({ data, count, first, last }: Sign): string {
  const { detail, port } = data
  return (
    `${NAMES[data.what]} reflection: sent ${counted(count, 'question')} to port ${port} of about ${counted(Number(detail['others']), 'server')} within ` +
    `${spanText(first, last)} under an address that is not its own, so that their answers flood somebody else.`
  )
}
