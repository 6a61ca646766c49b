import type { MdnsMessage } from '../../decode/protocols/mdns.ts'
import { PTR } from '../../decode/protocols/dns-message.ts'
import type { DeviceAsking } from '../probe.ts'
import { hearDatagram } from '../services/heard.ts'
import { compact } from './compact.ts'

const PORT = 5353
const ALL = '_services._dns-sd._udp.local'
/** Types of services that are asked for. */
const MOST = 12

/** DNS-SD by unicast (RFC 6763, section 9; RFC 6762, section 5.5): which services it announces, and their instances. */
export async function askMdns({ asker, target, open, note }: DeviceAsking): Promise<void> {
  if (!open.some(({ protocol }) => protocol === 'mdns')) return
  const ask = async (name: string, why: string) => {
    const { answers, ref } = await asker.datagram(target.ip, PORT, question(name), why)
    const messages = answers.flatMap((answer) => (hearDatagram(answer, PORT)?.messages ?? []) as MdnsMessage[])
    return {
      ref,
      messages,
      targets: messages.flatMap(({ answers: all }) => all.filter(({ type }) => type === PTR).map((r) => r.target)),
    }
  }
  const types = await ask(ALL, 'asks which services it announces (DNS-SD)')
  for (const type of [...new Set(types.targets)].slice(0, MOST)) {
    const { ref, targets, messages } = await ask(type, `asks who offers ${type}`)
    const texts = messages
      .flatMap((m) => [...m.answers, ...m.additionals])
      .flatMap((r) => r.texts)
      .filter((text) => /^(?:md|model|ty|fn|am|usb_MDL|manufacturer)=/i.test(text))
    note(
      'probe.interface',
      `mdns ${type}`,
      {
        protocol: 'mdns',
        port: PORT,
        what: `${type} announced${targets.length === 0 ? '' : ` as ${targets.slice(0, 3).join(', ')}`}`,
        gives: 'read',
        detail: compact(Object.fromEntries(texts.slice(0, 4).map((text) => text.split(/=(.*)/s, 2) as [string, string]))),
      },
      [types.ref, ref],
    )
  }
}

/** One question of type PTR, to be answered to us alone. */
function question(name: string): Buffer {
  const labels = name.replace(/\.$/, '').split('.').filter(Boolean)
  return Buffer.concat([
    Buffer.from('1a5a00000001000000000000', 'hex'),
    ...labels.map((label) => {
      const text = Buffer.from(label).subarray(0, 63)
      return Buffer.concat([Buffer.from([text.length]), text])
    }),
    Buffer.from('00000c8001', 'hex'),
  ])
}
