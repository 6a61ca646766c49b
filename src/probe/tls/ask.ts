import { readCertificate } from '../../decode/protocols/x509.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import type { Asker, Conversation } from '../asker.ts'
import { type Flight, notOffered, readFlight, readSslv2Flight, type Sslv2Flight } from './answer.ts'
import { clientHello, type Offer, sslv2Hello } from './offer.ts'
import { upgrade } from './starttls.ts'

/** Where TLS is asked for. */
export interface Place {
  readonly ip: string
  readonly port: number
  /** Protocol that begins in clear, where TLS is to be asked for first. */
  readonly upgrade?: string
  /** It is not known to be a TLS service at all: the first answer that is none is enough. */
  readonly doubtful?: boolean
}

/** What came of one ClientHello. */
export type Answer =
  | { is: 'hello'; flight: Flight & { hello: NonNullable<Flight['hello']> }; ref: EntryRef }
  /** It does not take that offer: by an alert's name, or by closing at once ('closed'). */
  | { is: 'refused'; how: string; ref: EntryRef }
  /** No answer that could be read: it says nothing of what it takes. `dead`: asking on is of no use; `fleeting`: it may be another time. */
  | { is: 'trouble'; reason: string; ref?: EntryRef; dead?: true; fleeting?: true }

/** The longest that one ClientHello is waited for, and that a server may be silent meanwhile (slow chips sign for two seconds). */
const HANDSHAKE_MS = 8000
const SILENCE_MS = 4000
/** The longest first flight: the chain of certificates is all that can be long. */
const MAX_FLIGHT = 1 << 16
/** So many questions in a row that were not answered as TLS answers: no more are put. */
const MAX_TROUBLES = 2

/** Puts ClientHellos to one service, one at a time, and no more than agreed. */
export class Handshakes {
  count = 0
  readonly refs: EntryRef[] = []
  private troubles = 0
  private heard = 0
  private readonly asker: Asker
  private readonly place: Place
  private readonly most: number
  private readonly until: number

  /** @param ms the longest that all of it may take */
  constructor(asker: Asker, place: Place, most: number, ms: number) {
    this.asker = asker
    this.place = place
    this.most = most
    this.until = performance.now() + ms
  }

  /** One ClientHello: what the server says to it in clear. Never throws for what the other side does. */
  async offer(offer: Offer, why: string): Promise<Answer> {
    return this.put(why, async (conversation): Promise<Answer> => {
      const { ref } = conversation
      conversation.write(clientHello(offer))
      const { bytes, ended } = await conversation.read({
        max: MAX_FLIGHT,
        silenceMs: SILENCE_MS,
        enough: (sofar) => {
          const { done, damage } = readFlight(sofar)
          return done || damage !== undefined
        },
      })
      const flight = readFlight(bytes)
      const { hello, damage, alert } = flight
      if (damage !== undefined) return { is: 'trouble', reason: damage, ref }
      const wrong = hello && notOffered(hello, offer)
      if (wrong !== undefined) return { is: 'trouble', reason: wrong, ref }
      const [own] = flight.certificates
      if (own !== undefined && readCertificate(own) === undefined)
        return { is: 'trouble', reason: 'its certificate is none that can be read', ref }
      if (alert !== undefined) return { is: 'refused', how: alert, ref }
      if (flight.done && hello !== undefined) return { is: 'hello', flight: { ...flight, hello }, ref }
      if (bytes.length === 0 && (ended === 'closed' || ended === 'error')) return { is: 'refused', how: 'closed', ref }
      // who keeps us waiting to the end would do so each time
      if (ended === 'late' || ended === 'full') this.troubles = MAX_TROUBLES
      return { is: 'trouble', reason: bytes.length > 0 ? AMID[ended] : SAID_NOTHING[ended], ref, fleeting: true }
    })
  }

  /** A CLIENT-HELLO of SSL 2.0. */
  async offerSslv2(): Promise<(Sslv2Flight & { ref: EntryRef }) | undefined> {
    let heard: (Sslv2Flight & { ref: EntryRef }) | undefined
    const answer = await this.put('offers SSL 2.0', async (conversation): Promise<Answer> => {
      conversation.write(sslv2Hello())
      const { bytes } = await conversation.read({
        max: MAX_FLIGHT,
        silenceMs: 1000,
        enough: (sofar) => readSslv2Flight(sofar).done,
      })
      heard = { ...readSslv2Flight(bytes), ref: conversation.ref }
      // silence means no, too: nothing of it is a TLS record
      return { is: 'refused', how: 'closed', ref: conversation.ref }
    })
    return answer.is === 'refused' ? heard : undefined
  }

  /** A conversation in which TLS may be begun. What it does is one of the handshakes agreed on. */
  async put<T>(why: string, talk: (conversation: Conversation) => Promise<T>): Promise<T | Extract<Answer, { is: 'trouble' }>> {
    if (this.troubles >= (this.place.doubtful && this.heard === 0 ? 1 : MAX_TROUBLES))
      return { is: 'trouble', reason: 'it no longer answered', dead: true }
    if (this.count >= this.most) return { is: 'trouble', reason: `it takes more than ${this.most} handshakes`, dead: true }
    if (performance.now() > this.until) return { is: 'trouble', reason: 'it takes longer than it was given', dead: true }
    this.count++
    const { ip, port } = this.place
    const conversation = await this.asker.connect(ip, port, why, { ms: HANDSHAKE_MS })
    const { ref } = conversation
    try {
      let answer: T | Extract<Answer, { is: 'trouble' }>
      if (!conversation.open)
        answer = {
          is: 'trouble',
          reason: `no connection: ${conversation.entry.reason ?? conversation.entry.ended}`,
          ref,
          fleeting: true,
        }
      else {
        const ready = this.place.upgrade === undefined ? 'yes' : await upgrade(conversation, this.place.upgrade)
        if (ready === 'yes') answer = await talk(conversation)
        else answer = { is: 'trouble', reason: ready === 'no' ? NO_UPGRADE : ready.trouble, ref }
      }
      if (isTrouble(answer)) this.troubles++
      else {
        this.troubles = 0
        this.heard++
      }
      return answer
    } finally {
      conversation.close()
    }
  }
}

export const NO_UPGRADE = 'it does not offer to change to TLS'

function isTrouble(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'is' in answer && answer.is === 'trouble'
}

const SAID_NOTHING = {
  silent: 'it did not answer a ClientHello',
  late: 'it did not answer a ClientHello in time',
  closed: 'it closed',
  error: 'it cut the connection off',
  full: 'its answer did not end',
  enough: 'its answer was not understood',
} as const
const AMID = {
  silent: 'it fell silent in the middle of its answer',
  late: 'its answer took longer than it was given',
  closed: 'it closed in the middle of its answer',
  error: 'it cut the connection off in the middle of its answer',
  full: `its answer did not end within ${MAX_FLIGHT} bytes`,
  enough: 'its answer was not understood',
} as const
