import { type Near, nearSets, notNear } from '../path/near.ts'
import { notTheDevice, theSet, type Who } from '../path/who.ts'

/** The rules of the cut's table (nft(8)): what the device sends to anywhere that is not near is dropped, and so are its questions for names. */
export function cutRules(who: Who, seconds: number, near: Near): string {
  return `${theSet(who, seconds)}
${nearSets(near)}
  counter dropped {
  }
  chain cut {
    type filter hook forward priority filter - 5
    policy accept
    ${notTheDevice(who)}
    ${notNear}
    counter name dropped drop
  }
  chain names {
    type filter hook input priority filter - 5
    policy accept
    ${notTheDevice(who)}
    meta l4proto { tcp, udp } th dport { 53, 853 } counter name dropped drop
  }`
}
