import { randomBytes } from 'node:crypto'
import { mask } from '../../evidence/kinds.ts'
import { type Attempt, type Door, type Knock, type Look, type Pair } from './door.ts'
import { Talk } from './talk.ts'

/** MQTT 3.1.1 (OASIS): CONNECT with a clean session, its answer, DISCONNECT. Nothing is subscribed to or published. */
export const mqtt: Knock = (asker, { ip }, { port, tls }): Door => {
  const connect = async (
    why: string,
    pair?: Pair,
  ): Promise<{ code: number | undefined; trouble: string; ms: number; talk: Talk }> => {
    const talk = await Talk.open(asker, { ip, port, tls, why })
    const began = performance.now()
    try {
      if (!talk.open) return { code: undefined, trouble: talk.trouble, ms: 0, talk }
      talk.write(connectPacket(pair), pair && `CONNECT user ${mask(pair.user)} password ${mask(pair.password)}`)
      const { bytes, ended } = await talk.read({ enough: (b) => b.length >= 4, silenceMs: 5000, max: 4096 })
      const ms = performance.now() - began
      // CONNACK: section 3.2
      if (bytes.length >= 4 && bytes[0] === 0x20 && bytes[1] === 2) {
        const code = bytes[3]!
        if (code === 0) talk.write(Buffer.of(0xe0, 0))
        return { code, trouble: CODES[code] ?? `return code ${code}`, ms, talk }
      }
      const trouble =
        bytes.length > 0 ? 'it did not answer as MQTT does' : ended === 'silent' ? 'it did not answer' : 'it hung up'
      return { code: undefined, trouble, ms, talk }
    } finally {
      talk.close()
    }
  }

  return {
    async look(): Promise<Look> {
      const { code, trouble, talk } = await connect('asks whether anybody may connect by MQTT')
      const shown = [talk.ref]
      if (code === 0) return { scheme: 'none', says: '', open: { gives: 'control', what: 'its message broker' }, shown }
      if (code === 4 || code === 5) return { scheme: 'password', says: '', shown }
      return { scheme: 'unknown', says: '', trouble, shown }
    },

    async attempt(pair: Pair, why: string): Promise<Attempt> {
      const { code, trouble, ms, talk } = await connect(`${why} may connect by MQTT`, pair)
      const shown = [talk.ref]
      if (code === 0) return { outcome: 'accepted', ms, shown }
      if (code === 4 || code === 5) return { outcome: 'refused', ms, shown }
      return { outcome: code === undefined ? 'gone' : 'unclear', ms, shown, reason: trouble }
    },
  }
}

/** Section 3.2.2.3. */
const CODES: Readonly<Record<number, string>> = {
  1: 'it does not speak MQTT 3.1.1',
  2: 'it refused our client identifier',
  3: 'it says that it is unavailable',
}

function connectPacket(pair?: Pair): Buffer {
  const flags = 0x02 | (pair === undefined ? 0 : 0xc0)
  const body = Buffer.concat([
    field('MQTT'),
    Buffer.of(4, flags, 0, 30),
    field(`assay${randomBytes(6).toString('hex')}`),
    ...(pair === undefined ? [] : [field(pair.user), field(pair.password)]),
  ])
  // names and passwords of lists are short: one byte of length is enough for 127
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7]
  return Buffer.concat([Buffer.of(0x10, ...length), body])
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes])
}
