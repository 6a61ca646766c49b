import type { EntryRef } from '../../evidence/pointer.ts'
import type { Asker } from '../asker.ts'
import { isManycast, isPrivate } from '../consent.ts'
import type { Transcript } from '../transcript.ts'
import { addressOf } from './records.ts'
import type { Resolver } from './resolver.ts'

/** The addresses of a host; `trouble` where they are not known, or must not be asked. None at all: there is no such host. */
export interface Addresses {
  ips: string[]
  trouble?: string
  shown: EntryRef[]
}

/** Of a whole run. */
const found = new WeakMap<Transcript, Map<string, string>>()

/**
 * Looks up hosts, and keeps names of strangers from leading into the user's own network: a private address is asked only where the site
 * that the user named is on one itself.
 */
export class Hosts {
  /** Ports that took the call and said nothing, with what happened: they are not asked again and again. By 'host address port': behind one address there may be many. */
  readonly mute: Map<string, string>
  /** Those whose answers did not end: this probe asks them no more. */
  readonly slow = new Map<string, string>()
  private readonly resolver: Resolver
  private readonly site: string
  private own: Promise<boolean> | undefined

  constructor(asker: Asker, resolver: Resolver, site: string) {
    this.mute = found.get(asker.transcript) ?? new Map<string, string>()
    found.set(asker.transcript, this.mute)
    this.resolver = resolver
    this.site = site
  }

  async addresses(host: string): Promise<Addresses> {
    const found = await this.lookUp(host)
    const isOwn = await (this.own ??= this.lookUp(this.site).then(({ ips }) =>
      ips.length > 0 ? ips.every(isPrivate) : this.resolver.servers.every(({ ip }) => /^127\.|^::1$/.test(ip)),
    ))
    const ips = found.ips.filter((ip) => !isManycast(ip) && (isOwn || !isPrivate(ip)))
    if (ips.length > 0 || found.ips.length === 0) return { ...found, ips }
    return { ...found, ips, trouble: `${host} leads to ${found.ips[0]}, which is in a network of one's own: that was not asked` }
  }

  private async lookUp(host: string): Promise<Addresses> {
    const answers = await Promise.all([this.resolver.ask(host, 'A'), this.resolver.ask(host, 'AAAA')])
    const ips = answers.flatMap((a) => (a.kind === 'found' ? a.records.map(addressOf).filter((ip) => ip !== undefined) : []))
    const shown = answers.flatMap((a) => a.shown)
    const trouble = answers.find((a) => a.kind === 'trouble')
    return { ips, shown, ...(ips.length === 0 && trouble ? { trouble: trouble.reason } : {}) }
  }
}
