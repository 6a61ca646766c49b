import { setTimeout as delay } from 'node:timers/promises'
import { forwardSecret, groupName, suiteName, versionName } from '../../decode/protocols/tls-names.ts'
import type { TlsKinds } from '../../evidence/asked/tls.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import type { Answer, Handshakes } from './ask.ts'
import { certificateFacts, type Shown } from './chain.ts'
import { FALLBACK_SCSV, type Offer, SSL_3_0, TLS_1_0, TLS_1_2, TLS_1_3 } from './offer.ts'
import { chainBy13, renegotiates } from './secured.ts'
import { groupsOf, portions } from './suites.ts'

type Facts = TlsKinds['probe.tls']

/** What was found out of a service, before it is judged. */
export interface Survey extends Omit<Facts, 'port' | 'weaknesses' | 'certificates' | 'upgraded'> {
  certificates: Shown[]
  /** Why it is not complete, in words. */
  troubles: string[]
  /** It spoke TLS, if only by alerts. */
  speaks: boolean
  /** Questions whose answers show it: the first of each version. */
  shown: EntryRef[]
  /** Those that were not answered as TLS answers. */
  troubled: EntryRef[]
  /** The question whose answer shows one thing: 'version TLS 1.0', 'suite TLS_…', 'group …', 'dh', 'certificate <sha256>' and what was asked once. */
  shownBy: ReadonlyMap<string, EntryRef>
}

/** What a version takes, as far as it was asked. */
interface Version {
  version: number
  /** Chosen so far, in this order. */
  chosen: number[]
  /** Chosen and then broken off: not to be offered again. */
  failed: number[]
  left: number[][]
  over: boolean
  prefers?: boolean
}

type Extras = Partial<Pick<Facts, 'compression' | 'heartbeat' | 'clientRenegotiation' | 'fallbackScsv'>>

const VERSIONS = [TLS_1_3, TLS_1_2, 0x0302, TLS_1_0, SSL_3_0]

/** Asks one service all of it, by ClientHellos that are never finished but for two (what needs keys). */
export async function survey(handshakes: Handshakes, name: string | undefined): Promise<Survey> {
  return new Surveyor(handshakes, name).run()
}

class Surveyor {
  private readonly handshakes: Handshakes
  private readonly name: string | undefined
  private readonly troubles = new Set<string>()
  private readonly shown: EntryRef[] = []
  private refused: EntryRef | undefined
  private readonly troubled: EntryRef[] = []
  private readonly shownBy = new Map<string, EntryRef>()
  private readonly certificates = new Map<string, Shown>()
  private readonly groups = new Set<number>()
  private speaks = false
  private primeBits: number | undefined
  private secureRenegotiation: boolean | undefined
  private extendedMasterSecret: boolean | undefined

  constructor(handshakes: Handshakes, name: string | undefined) {
    this.handshakes = handshakes
    this.name = name
  }

  async run(): Promise<Survey> {
    const versions: Version[] = VERSIONS.map((version) => ({
      version,
      chosen: [],
      failed: [],
      left: portions(version),
      over: false,
    }))
    // one question each first, so that all versions are known when there is no more to be had
    for (const version of versions) await this.step(version)
    const sslv2 = await this.sslv2()
    const asked = await this.extras(versions.filter(({ chosen }) => chosen.length > 0))
    for (const version of versions) while (!version.over) await this.step(version)
    const taken = versions.filter(({ chosen }) => chosen.length > 0)
    const facts = {
      ...(this.name === undefined ? {} : { name: this.name }),
      versions: [...taken.map(({ version }) => versionName(version)), ...(sslv2 === undefined ? [] : ['SSL 2.0'])],
    }
    if (taken.length > 0) {
      for (const version of taken) await this.preference(version)
      for (const version of taken) await this.groupsBy(version)
      await this.stillThere(taken[0]!)
    }
    const suites: Facts['suites'] = taken.map(({ version, chosen, prefers }) => ({
      version: versionName(version),
      suites: chosen.map(suiteName),
      ...(prefers === undefined ? {} : { serverPrefers: prefers }),
    }))
    if (sslv2 !== undefined) suites.push({ version: 'SSL 2.0', suites: sslv2 })
    return {
      ...facts,
      suites,
      groups: [...this.groups].map(groupName),
      certificates: [...this.certificates.values()],
      ...asked,
      ...(this.primeBits === undefined ? {} : { dhBits: this.primeBits }),
      ...(this.secureRenegotiation === undefined ? {} : { secureRenegotiation: this.secureRenegotiation }),
      ...(this.extendedMasterSecret === undefined ? {} : { extendedMasterSecret: this.extendedMasterSecret }),
      handshakes: this.handshakes.count,
      complete: this.troubles.size === 0,
      untested: untested(taken, asked),
      troubles: [...this.troubles],
      speaks: this.speaks,
      shown: this.shown.length === 0 && this.refused ? [this.refused] : this.shown,
      troubled: this.troubled,
      shownBy: this.shownBy,
    }
  }

  /** Offers what is left of a version's suites; what is chosen is left out from then on. */
  private async step(v: Version): Promise<void> {
    const portion = v.left[0]
    if (portion === undefined) {
      v.over = true
      return
    }
    const answer = await this.offer({ version: v.version, suites: portion, groups: groupsOf(v.version) })
    if (answer.is === 'trouble') v.over = true
    else if (answer.is === 'refused') {
      // all of them would meet the same
      if (answer.how === 'protocol_version') v.over = true
      else v.left.shift()
    } else if (answer.flight.hello.version !== v.version) v.over = true
    else {
      const { suite } = answer.flight.hello
      if (v.chosen.length === 0) {
        this.shown.push(answer.ref)
        this.shownBy.set(`version ${versionName(v.version)}`, answer.ref)
      }
      this.shows(`suite ${suiteName(suite)}`, answer.ref)
      v.chosen.push(suite)
      const rest = portion.filter((code) => code !== suite)
      if (rest.length > 0) v.left[0] = rest
      else v.left.shift()
    }
    if (v.left.length === 0) v.over = true
  }

  /** Offers the same twice, the second time turned round: who keeps to its own order chooses the same. */
  private async preference(v: Version): Promise<void> {
    if (v.chosen.length < 2) return
    const { version, chosen } = v
    const first = await this.chosenOf({ version, suites: chosen, groups: groupsOf(version) })
    const second = await this.chosenOf({ version, suites: chosen.toReversed(), groups: groupsOf(version) })
    if (first !== undefined && second !== undefined) v.prefers = first === second
  }

  private async chosenOf(offer: Offer): Promise<number | undefined> {
    const answer = await this.offer(offer)
    return answer.is === 'hello' ? answer.flight.hello.suite : undefined
  }

  /** Groups by elimination: of TLS 1.3 by what it asks a key for, before that by its ServerKeyExchange. */
  private async groupsBy(v: Version): Promise<void> {
    const { version } = v
    const is13 = version === TLS_1_3
    const suites = is13 ? v.chosen : v.chosen.filter((code) => suiteName(code).startsWith('TLS_ECDHE_') && forwardSecret(code))
    if (suites.length === 0) return
    // a certificate with a key on a curve needs that curve offered (RFC 8422 section 5.1): its curve goes last
    const own = [...this.certificates.values()].flatMap(({ read }) =>
      read.keyType === 'EC' ? (CURVE_OF[read.keyBits] ?? []) : [],
    )
    let left = is13 ? groupsOf(version) : [...groupsOf(version).filter((group) => !own.includes(group)), ...own]
    const found: number[] = []
    while (left.length > 0) {
      const answer = await this.offer({ version, suites, groups: left, ...(is13 ? { noKey: true } : {}) })
      if (answer.is !== 'hello' || answer.flight.hello.version !== version) break
      const group = is13 ? answer.flight.hello.group : answer.flight.curve
      if (group === undefined) break
      if (!left.includes(group)) {
        this.troubles.add(`it chose the group ${groupName(group)}, which was not offered`)
        break
      }
      found.push(group)
      this.shows(`group ${groupName(group)}`, answer.ref)
      left = left.filter((other) => other !== group)
      // without the certificate's own curve nothing more is chosen
      if (own.includes(group) && !is13 && !suites.some((code) => suiteName(code).startsWith('TLS_ECDHE_RSA_'))) break
    }
    for (const group of found) this.groups.add(group)
  }

  private async sslv2(): Promise<string[] | undefined> {
    const heard = await this.handshakes.offerSslv2()
    if (heard?.kinds === undefined || heard.kinds.length === 0) return undefined
    this.speaks = true
    this.shown.push(heard.ref)
    for (const what of ['version SSL 2.0', ...heard.kinds.map((kind) => `suite ${kind}`)]) this.shows(what, heard.ref)
    if (heard.certificate) this.takeCertificates([heard.certificate], 1, heard.ref)
    return heard.kinds
  }

  private async extras(taken: readonly Version[]): Promise<Extras> {
    const facts: Extras = {}
    const old = taken.find(({ version }) => version < TLS_1_3)
    if (old !== undefined) {
      const { version, chosen } = old
      const answer = await this.offer({ version, suites: chosen, groups: groupsOf(version), compression: true, heartbeat: true })
      if (answer.is === 'hello') {
        this.shows('compression', answer.ref)
        facts.compression = answer.flight.hello.compression !== 0
        facts.heartbeat = answer.flight.hello.extensions.includes(15)
      }
      if (version > SSL_3_0) {
        const did = await this.handshakes.put('finishes a handshake, and asks for a second one', (conversation) => {
          this.shows('client renegotiation', conversation.ref)
          return renegotiates(conversation, this.name)
        })
        if (typeof did === 'boolean') facts.clientRenegotiation = did
      }
    }
    const [best, next] = taken
    if (best !== undefined && next !== undefined) {
      const answer = await this.offer({
        version: next.version,
        suites: [...next.chosen, FALLBACK_SCSV],
        groups: groupsOf(next.version),
      })
      if (answer.is === 'hello') {
        facts.fallbackScsv = false
        this.shows('fallback', answer.ref)
      } else if (answer.is === 'refused' && answer.how === 'inappropriate_fallback') facts.fallbackScsv = true
    }
    if (this.certificates.size === 0 && best?.version === TLS_1_3) {
      const seen = await this.handshakes.put('finishes a handshake, to see the certificate', async (conversation) => ({
        chain: await chainBy13(conversation, this.name),
        ref: conversation.ref,
      }))
      if ('chain' in seen && seen.chain.length > 0) this.takeCertificates(seen.chain, seen.chain.length, seen.ref)
      else this.troubles.add('its certificate could not be seen: no handshake of TLS 1.3 came to its end')
    }
    return facts
  }

  /** Refusals of one who has ceased to answer are none: at the end it must still take what it took at first. */
  private async stillThere({ version, chosen }: Version): Promise<void> {
    const answer = await this.offer({ version, suites: chosen, groups: groupsOf(version) })
    if (answer.is === 'refused') this.troubles.add('it refused at the end what it took at first: it may have had enough')
  }

  private async offer(offer: Offer): Promise<Answer> {
    const { name } = this
    const put = () => this.handshakes.offer({ ...offer, ...(name === undefined ? {} : { name }) }, why(offer))
    let answer = await put()
    if (answer.is === 'trouble' && answer.fleeting) {
      await delay(AGAIN_MS)
      const again = await put()
      if (again.is !== 'trouble' || !again.dead) answer = again
    }
    if (answer.is === 'trouble') {
      // that it was given up is no reason of its own
      if (!answer.dead || this.troubles.size === 0) this.troubles.add(answer.reason)
      if (answer.ref) this.troubled.push(answer.ref)
    } else if (answer.is === 'hello') this.take(answer.flight, offer, answer.ref)
    else if (answer.how !== 'closed') {
      this.speaks = true
      this.refused ??= answer.ref
    }
    return answer
  }

  /** The first that shows it is kept. */
  private shows(what: string, ref: EntryRef): void {
    if (!this.shownBy.has(what)) this.shownBy.set(what, ref)
  }

  private take(flight: Extract<Answer, { is: 'hello' }>['flight'], { version }: Offer, ref: EntryRef): void {
    this.speaks = true
    const { hello, certificates, chainLength, primeBits } = flight
    if (primeBits !== undefined && primeBits < (this.primeBits ?? Infinity)) {
      this.primeBits = primeBits
      this.shownBy.set('dh', ref)
    }
    if (hello.version < TLS_1_3) {
      const secure = hello.extensions.includes(0xff01)
      this.secureRenegotiation = (this.secureRenegotiation ?? true) && secure
      if (!secure) this.shows('renegotiation', ref)
      if (version > SSL_3_0) this.extendedMasterSecret ??= hello.extensions.includes(23)
    }
    if (certificates.length > 0) this.takeCertificates(certificates, chainLength, ref)
  }

  private takeCertificates(chain: readonly Uint8Array[], length: number, ref: EntryRef): void {
    const certificate = certificateFacts(chain, length)
    if (certificate === undefined) {
      this.troubles.add('its certificate is none that can be read')
      return
    }
    const { sha256 } = certificate.read
    this.shows(`certificate ${sha256}`, ref)
    if (this.certificates.size < MAX_CERTIFICATES && !this.certificates.has(sha256)) this.certificates.set(sha256, certificate)
  }
}

/** Before what was not answered is asked once more: it may have been busy. */
const AGAIN_MS = 250
const MAX_CERTIFICATES = 4
const CURVE_OF: Readonly<Record<number, number>> = { 256: 23, 384: 24, 521: 25 }

function why({ version, suites, noKey, compression }: Offer): string {
  const more = noKey ? ' and asks for a group' : compression ? ', compression and heartbeats' : ''
  return `offers ${versionName(version)} with ${suites.length === 1 ? suiteName(suites[0]!) : `${suites.length} cipher suites`}${suites.includes(FALLBACK_SCSV) ? ' as a fallback' : ''}${more}`
}

/** What is known of servers and was not asked. */
function untested(taken: readonly Version[], asked: Extras): string[] {
  const list: string[] = []
  if (taken.some(({ chosen }) => chosen.some((code) => suiteName(code).startsWith('TLS_RSA_'))))
    list.push('ROBOT (RSA key exchange answers forged ciphertexts apart): that takes forged key exchanges')
  if (asked.heartbeat) list.push('Heartbleed (CVE-2014-0160): that takes a heartbeat that lies about its length')
  if (taken.some(({ version }) => version < TLS_1_3) && asked.clientRenegotiation === undefined)
    list.push('renegotiation by the client: no handshake came to its end')
  return list
}
