/**
 * Public resolvers that answer DNS over HTTPS, by the names under which their operators publish the service (developers.google.com/speed/
 * public-dns/docs/doh, developers.cloudflare.com/1.1.1.1, docs.quad9.net, adguard-dns.io, support.opendns.com, docs.controld.com,
 * nextdns.io, cleanbrowsing.org, mullvad.net/help/dns-over-https-and-dns-over-tls, dns.sb/doh, alidns.com, dnspod.cn, dns0.eu,
 * blog.mozilla.org and chromium's list of providers). Such names serve nothing else, or the resolver's own home page.
 */
const NAMES = new Set(
  `dns.google dns64.dns.google 8888.google cloudflare-dns.com one.one.one.one mozilla.cloudflare-dns.com chrome.cloudflare-dns.com
   security.cloudflare-dns.com family.cloudflare-dns.com dns.quad9.net dns9.quad9.net dns10.quad9.net dns11.quad9.net doh.opendns.com
   doh.familyshield.opendns.com dns.umbrella.com dns.adguard-dns.com dns.adguard.com unfiltered.adguard-dns.com family.adguard-dns.com
   dns.nextdns.io chromium.dns.nextdns.io firefox.dns.nextdns.io doh.cleanbrowsing.org dns.mullvad.net base.dns.mullvad.net
   adblock.dns.mullvad.net doh.dns.sb dns.sb dns.alidns.com doh.pub dot.pub dns.pub doh.360.cn zero.dns0.eu dns0.eu doh.xfinity.com
   doh.dns.apple.com freedns.controld.com dns.controld.com odoh.cloudflare-dns.com`.split(/\s+/),
)

/** Their customers' own names lie below these. */
const BELOW = ['.dns.nextdns.io', '.dns.controld.com', '.cloudflare-gateway.com', '.dns.quad9.net']

/** Addresses on which nothing but the resolver answers HTTPS; of Google's and Quad9's. */
const ADDRESSES = new Set([
  '8.8.8.8',
  '8.8.4.4',
  '2001:4860:4860::8888',
  '2001:4860:4860::8844',
  '9.9.9.9',
  '149.112.112.112',
  '2620:fe::fe',
])

export function isResolverName(name: string): boolean {
  const n = name.toLowerCase()
  return NAMES.has(n) || BELOW.some((suffix) => n.endsWith(suffix))
}

export function isResolverAddress(ip: string): boolean {
  return ADDRESSES.has(ip)
}

/** A name that would be a resolver's: its first label says so. It may be anything else. */
export function looksLikeResolver(name: string): boolean {
  return /^(dns|doh|dns\d|doh\d)\./i.test(name)
}
