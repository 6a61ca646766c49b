import { literal } from '../address.ts'
import { latin1 } from '../../decode/text.ts'
import { type Heard, hearDatagram } from '../services/heard.ts'
import { type Product, productOf } from '../services/product.ts'
import type { DeviceAsking, DeviceProbe } from '../probe.ts'
import { datagramQuestions, plainQuestions } from './questions.ts'

const WAIT_MS = 1500
const TRIES = 2
/** Answers to one question that are read: a search is answered by several datagrams. */
const ENOUGH = 8

/** Finds UDP services: an open UDP port is silent unless it is asked in its own protocol. */
export const datagrams: DeviceProbe = {
  of: 'device',
  id: 'datagrams',
  title: 'UDP services',
  ms: 30_000,
  asks: () => [
    ...[...datagramQuestions, ...plainQuestions].map(({ port, why }) => `udp/${port}: asks ${why}`),
    `each twice at most, and waits ${WAIT_MS / 1000} seconds for an answer`,
  ],
  async run(asking) {
    const counts = { open: 0, closed: 0, silent: 0 }
    const one = async (port: number, ask: () => Promise<'open' | 'closed' | 'silent'>) => {
      counts[await ask()]++
      return port
    }
    const asked = await Promise.all([
      ...datagramQuestions.map((q) =>
        one(q.port, () =>
          put(asking, q, q.says(literal(asking.target.ip)), (answers) => {
            const all = answers.flatMap((answer) => hearDatagram(answer, q.port) ?? [])
            return all.find(({ protocol, messages }) => protocol === q.protocol && messages.some((m) => q.answers(m)))
          }),
        ),
      ),
      ...plainQuestions.map((q) =>
        one(q.port, () =>
          put(asking, q, q.says, (answers) =>
            answers.some((answer) => q.answers(answer, q.says)) ? { protocol: q.protocol, messages: [] } : undefined,
          ),
        ),
      ),
    ])
    const which = asked.toSorted((a, b) => a - b).join(', ')
    // silence of a datagram's port says nothing: only an answer, or a refusal, shows that it was heard
    if (counts.open + counts.closed > 0)
      asking.note('probe.ports', 'udp', { transport: 'udp', asked: asked.length, ...counts, which }, [])
  },
}

interface Put {
  protocol: string
  port: number
  anyPort?: boolean
  why: string
}

async function put(
  { asker, target, note, open, trouble }: DeviceAsking,
  { port, protocol, why, anyPort = false }: Put,
  bytes: Buffer,
  hear: (answers: Buffer[]) => Heard | undefined,
): Promise<'open' | 'closed' | 'silent'> {
  const { entry, ref, answers } = await asker.datagram(target.ip, port, bytes, `asks ${why}`, {
    waitMs: WAIT_MS * TRIES,
    tries: TRIES,
    enough: protocol === 'ssdp' ? ENOUGH : 1,
    anyPort,
  })
  if (entry.ended === 'refused') return 'closed'
  if (answers.length === 0) return 'silent'
  // what sends our own words back has no others
  const heard = hear(answers.filter((answer) => !answer.equals(bytes)))
  if (heard === undefined) {
    trouble(
      `udp/${port}`,
      `it answered with something that is no answer of ${protocol}`,
      `Look at what it said: question ${entry.n} of the transcript`,
      [ref],
    )
    return 'open'
  }
  open.push({ transport: 'udp', port, protocol, tls: false })
  const first = answers[0]!
  const { product, version, banner }: Product = productOf(protocol, heard.messages, latin1(first, 0, first.length))
  note(
    'probe.service',
    `udp/${port}`,
    {
      transport: 'udp',
      port,
      protocol,
      ...(banner === undefined ? {} : { banner }),
      ...(product === undefined ? {} : { product }),
      ...(version === undefined ? {} : { version }),
    },
    [ref],
  )
  return 'open'
}
