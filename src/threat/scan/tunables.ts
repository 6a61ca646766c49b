import type { Tunable } from '../detector.ts'

/** What decides what is a scan. */
export const MARKED: Tunable = { value: 3, unit: 'packets', why: 'one is chance once in 4 billion, and nobody else does it' }
export const RECRUITED: Tunable = {
  value: 10,
  unit: 'addresses',
  why: 'nobody honest calls Telnet and the like at so many strangers that do not answer',
}
export const LIKELY_SCAN: Tunable = {
  value: 20,
  unit: 'addresses',
  why: 'programs look for one service among a few known places',
}
export const OTHER_SCAN: Tunable = { value: 32, unit: 'addresses', why: 'as above, at a port that no known botnet looks at' }
export const WEB_SCAN: Tunable = { value: 64, unit: 'addresses', why: 'a person goes on browsing while the network is down' }
export const LATERAL: Tunable = { value: 6, unit: 'addresses', why: 'the things of a home, one after the other' }
export const NEIGHBOURS: Tunable = { value: 24, unit: 'addresses', why: 'a home has fewer things' }
export const ARPED: Tunable = { value: 64, unit: 'addresses', why: 'a home has fewer things' }
export const ARP_WITHIN: Tunable = {
  value: 600,
  unit: 'seconds',
  why: 'a sweep takes a minute or two; a server asks for many in a day',
}
export const DEEP: Tunable = { value: 50, unit: 'ports', why: 'apps try a handful of ports of one thing' }
export const TOGETHER: Tunable = { value: 30, unit: 'addresses', why: 'three times what is enough of one device' }
export const DEVICES: Tunable = { value: 3, unit: 'devices', why: 'two may be looking after a third' }
export const EACH: Tunable = {
  value: 3,
  unit: 'addresses',
  why: 'a device has part in it that itself tried more than one or two',
}
export const QUIET: Tunable = {
  value: 8,
  unit: 'calls under way or unanswered',
  why: 'most things never have more: nothing is counted of them, but at ports that only bots call',
}
export const SHARE: Tunable = {
  value: 4,
  unit: 'places tried in all for each that is silent at the port, at most',
  why: 'peer-to-peer programs try as many ports as addresses, who scans tries few ports',
}
export const BOT_SHARE: Tunable = {
  value: 32,
  unit: 'the same, at ports that only bots call',
  why: 'bots try a dozen ports by turns',
}
export const BLIND: Tunable = { value: 3, unit: 'times as many', why: 'a capture of one direction does not show who answered' }
export const UNNAMED: Tunable = {
  value: 2,
  unit: 'places needed for each without a name, at most',
  why: 'who scans looks no names up; a cloud that is dead has one, whatever its addresses',
}
