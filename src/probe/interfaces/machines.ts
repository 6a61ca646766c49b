import type { MessageBase } from '../../decode/message.ts'
import { mask } from '../../evidence/kinds.ts'
import { datagramQuestions } from '../datagrams/questions.ts'
import type { DeviceAsking, OpenPort } from '../probe.ts'
import { hearDatagram, hearStream } from '../services/heard.ts'
import { questions } from '../services/questions.ts'
import { compact } from './compact.ts'

/** Protocols of machines, buildings and plugs that have no log-in: who answers one tells anybody what it is. */
const NAMES: Readonly<Record<string, string>> = {
  modbus: 'Modbus',
  s7: 'S7 communication',
  enip: 'EtherNet/IP',
  knxip: 'KNXnet/IP',
  bacnet: 'BACnet/IP',
  kasa: 'Kasa',
  wiz: 'WiZ',
  yeelight: 'Yeelight',
  lifx: 'LIFX',
  govee: 'Govee',
}

/** Asks machines and plugs who they are, in a question that only reads. */
export async function askMachines(asking: DeviceAsking): Promise<void> {
  for (const one of asking.open) if (NAMES[one.protocol] !== undefined && !one.tls) await identity(asking, one)
}

async function identity(asking: DeviceAsking, { transport, port, protocol }: OpenPort): Promise<void> {
  const { asker, target, note } = asking
  const why = `asks who it is by ${NAMES[protocol]!}, without a log-in (reads only)`
  let messages: readonly MessageBase[]
  let ref
  if (transport === 'udp') {
    const question = datagramQuestions.find((q) => q.protocol === protocol && q.port === port)
    if (question === undefined) return
    const said = await asker.datagram(target.ip, port, question.says(target.ip), why, { anyPort: question.anyPort ?? false })
    messages = said.answers.flatMap((answer) => hearDatagram(answer, port)?.messages ?? []).filter((m) => question.answers(m))
    ref = said.ref
  } else {
    const question = questions.find((q) => q.protocol === protocol)
    if (question === undefined) return
    const conversation = await asker.connect(target.ip, port, why, { ms: 5000 })
    const asked = question.says(target.ip, port)
    conversation.write(asked)
    let { bytes } = await conversation.read({ silenceMs: 1500, enough: (b) => b.length >= 8 })
    if (question.next !== undefined && bytes.length > 0) {
      conversation.write(question.next)
      bytes = Buffer.concat([bytes, (await conversation.read({ silenceMs: 1500, enough: (b) => b.length >= 8 })).bytes])
    }
    conversation.close()
    const heard = hearStream(bytes, port, { protocol, bytes: asked })
    messages = heard?.protocol === protocol ? heard.messages : []
    ref = conversation.ref
  }
  if (messages.length === 0) return
  note(
    'probe.interface',
    `${protocol} ${transport}/${port}`,
    { protocol, port, what: `${NAMES[protocol]!}: it told anybody who it is`, gives: 'read', detail: factsOf(messages) },
    [ref],
  )
}

/** What decoders read of who somebody is; a serial number is nobody's business. */
function factsOf(messages: readonly MessageBase[]): Record<string, string> {
  const found: Record<string, string | undefined> = {}
  for (const message of messages as readonly (MessageBase & Record<string, unknown>)[]) {
    const system = (message['system'] ?? {}) as Record<string, unknown>
    for (const name of ['vendor', 'model', 'module', 'firmware', 'name', 'sku', 'deviceType', 'product'])
      for (const value of [message[name], system[name]])
        if (typeof value === 'string' || typeof value === 'number') found[name] ??= String(value)
    if (typeof message['serial'] === 'string') found['serial'] ??= mask(message['serial'])
  }
  return compact(found)
}
