import { printable } from '../../decode/text.ts'
import type { Attempt, Door, Knock, Look } from './door.ts'
import { Talk } from './talk.ts'

/** Services that are only looked at: whether they let anybody in. What they ask for, where they do, is not tried. */
const only = (look: () => Promise<Look>): Door => ({
  look,
  attempt: (): Promise<Attempt> =>
    Promise.resolve({ outcome: 'unclear', ms: 0, shown: [], reason: 'no password is tried there' }),
})

/** One question, and what its answer means; undefined: it is not of that protocol. */
const asking =
  (name: string, question: string, means: (said: string) => Pick<Look, 'scheme' | 'open'> | undefined): Knock =>
  (asker, { ip }, { port, tls }) =>
    only(async () => {
      const talk = await Talk.open(asker, { ip, port, tls, why: `asks whether it answers anybody (${name})` })
      try {
        const shown = [talk.ref]
        if (!talk.open) return { scheme: 'unknown', says: '', trouble: talk.trouble, shown }
        talk.write(question)
        const { bytes } = await talk.read({ enough: (b) => b.includes(0x0a), silenceMs: 4000, max: 4096 })
        const said = bytes.toString('latin1')
        const meant = means(said)
        if (meant !== undefined) return { ...meant, says: printable(said.trim(), 100), shown }
        return { scheme: 'unknown', says: '', trouble: `it did not answer as ${name} does`, shown }
      } finally {
        talk.close()
      }
    })

/** Redis serialisation protocol: PING is answered to those who are let in. */
export const redis: Knock = asking('Redis', 'PING\r\n', (said) =>
  said.startsWith('+PONG\r\n')
    ? { scheme: 'none', open: { gives: 'control', what: 'its store (Redis)' } }
    : /^-(?:NOAUTH|DENIED) /.test(said)
      ? { scheme: 'password' }
      : undefined,
)

/** Memcached's text protocol knows no log-in: who is answered may change all. */
export const memcached: Knock = asking('memcached', 'version\r\n', (said) =>
  /^VERSION \d[\w.-]{0,30}\r\n/.test(said)
    ? { scheme: 'none', open: { gives: 'control', what: 'its store (memcached)' } }
    : undefined,
)

/** RFB (RFC 6143, section 7.1): the security types that it offers; none is chosen. */
export const vnc: Knock = (asker, { ip }, { port }) =>
  only(async () => {
    const talk = await Talk.open(asker, { ip, port, tls: false, why: 'asks how one is let in to its screen (VNC)' })
    try {
      const shown = [talk.ref]
      const unknown = (trouble: string): Look => ({ scheme: 'unknown', says: '', trouble, shown })
      if (!talk.open) return unknown(talk.trouble)
      const greeting = await talk.read({ enough: (b) => b.length >= 12, silenceMs: 4000, max: 12 })
      const version = /^RFB 003\.(\d{3})\n/.exec(greeting.bytes.toString('latin1'))?.[1]
      if (version === undefined) return unknown('it did not greet as VNC does')
      // as high as both know: 3.3 has its server choose one, later ones list them
      const old = Number(version) < 7
      talk.write(`RFB 003.${old ? '003' : Number(version) < 8 ? '007' : '008'}\n`)
      const { bytes } = await talk.read({
        enough: (b) => (old ? b.length >= 4 : b.length > (b[0] ?? 0)),
        silenceMs: 4000,
        max: 512,
      })
      const types = old ? (bytes.length >= 4 ? [bytes.readUInt32BE(0)] : []) : [...bytes.subarray(1, 1 + (bytes[0] ?? 0))]
      if (types.length === 0 || types[0] === 0) return unknown('it offered no way to be let in')
      if (types.includes(1)) return { scheme: 'none', says: '', open: { gives: 'control', what: 'its screen (VNC)' }, shown }
      return { scheme: 'password', says: '', shown }
    } finally {
      talk.close()
    }
  })
