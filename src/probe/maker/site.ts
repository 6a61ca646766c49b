import { getDomain } from 'tldts'
import type { SiteAsking } from '../probe.ts'
import { anchorOf, ROOT_ANCHORS, Validator } from './dnssec.ts'
import { asName } from './name.ts'
import type { Resolver } from './resolver.ts'

/** The site that the user named, as it is asked for. Throws where it is no host name. */
export function siteName(given: string): string {
  const name = asName(given)
  if (name === undefined || name === '' || !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) || /^[\d.]+$/.test(name))
    throw new Error(`not a host name, as www.maker.example is: ${given.slice(0, 80)}`)
  return name
}

/** The domain that its owner registered, by the Public Suffix List; a name that is none below it. */
export function domainOf(site: string): string {
  return getDomain(site) ?? site
}

/** Trusts IANA's keys of the root, or those that the user named instead. */
export function validator({ anchors }: Pick<SiteAsking, 'anchors'>, resolver: Resolver): Validator {
  return new Validator(resolver, (anchors ?? ROOT_ANCHORS).map(anchorOf))
}
