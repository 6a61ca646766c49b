import { readFileSync } from 'node:fs'

export interface ThirdParty {
  company: string
  category: string
  /** Advertising, analytics and marketing: what follows people. */
  tracker: boolean
}

const TRACKING = new Set(['ad', 'analytics', 'marketing'])

/**
 * The published list is made for web pages. Names that it files under a company's advertising though all of the company lives
 * there (an operating system's updates, a phone's push messages) say nothing of tracking.
 */
const GENERAL: Readonly<Record<string, string>> = {
  '*.microsoft.com': 'Microsoft',
  '*.msn.com': 'Microsoft',
  '*.bing.com': 'Microsoft',
  '*.xboxlive.com': 'Microsoft',
  '*.apple.com': 'Apple',
  '*.yahoo.com': 'Yahoo',
  '*.yahoo.net': 'Yahoo',
  '*.aol.com': 'Yahoo',
  '*.aol.net': 'Yahoo',
  '*.salesforce.com': 'Salesforce',
  '*.ebay.com': 'eBay',
  'www.linkedin.com': 'LinkedIn',
}

/** Analytics and advertising that live in apps and televisions, which a list for web pages does not know. Each name is the company's own. */
const IN_THINGS: Readonly<Record<string, [company: string, category: string]>> = {
  '*.localytics.com': ['Localytics', 'analytics'],
  '*.bugsense.com': ['Splunk MINT', 'analytics'],
  '*.crashlytics.com': ['Google Firebase', 'analytics'],
  '*.app-measurement.com': ['Google Firebase', 'analytics'],
  '*.flurry.com': ['Flurry', 'analytics'],
  '*.amplitude.com': ['Amplitude', 'analytics'],
  '*.appsflyer.com': ['AppsFlyer', 'marketing'],
  '*.adjust.com': ['Adjust', 'marketing'],
  '*.kochava.com': ['Kochava', 'marketing'],
  '*.umeng.com': ['Umeng', 'analytics'],
  '*.talkingdata.net': ['TalkingData', 'analytics'],
  '*.samsungads.com': ['Samsung Ads', 'ad'],
  '*.samsungacr.com': ['Samsung Ads', 'ad'],
  '*.alphonso.tv': ['Alphonso', 'ad'],
  '*.samba.tv': ['Samba TV', 'ad'],
  '*.inscape.tv': ['Inscape', 'ad'],
  '*.tvinteractive.tv': ['Inscape', 'ad'],
}

type List = Record<string, [company: string, category: string]>
let domains: List | undefined

/** Who runs a name, by the published list named in NOTICE (exact names, and "*." for all below) and by what is added above; undefined when neither lists it. */
export function thirdPartyOf(name: string): ThirdParty | undefined {
  domains ??= load()
  let rest = name.toLowerCase()
  let found = own(domains, rest)
  for (let i = 0; !found && i < 10; i++) {
    found = own(domains, `*.${rest}`)
    const dot = rest.indexOf('.')
    if (dot < 0) break
    rest = rest.slice(dot + 1)
  }
  return found && { company: found[0], category: found[1], tracker: TRACKING.has(found[1]) }
}

function load(): List {
  const published = JSON.parse(readFileSync(new URL('../../data/third-parties.json', import.meta.url), 'utf8')) as List
  for (const [key, company] of Object.entries(GENERAL)) published[key] = [company, 'general']
  return { ...published, ...IN_THINGS }
}

function own(list: List, key: string): [string, string] | undefined {
  return Object.hasOwn(list, key) ? list[key] : undefined
}
