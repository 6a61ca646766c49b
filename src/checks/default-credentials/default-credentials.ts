import type { Check } from '../check.ts'
import { isCommunity, isNeighboursLogin, pairOf } from '../credential.ts'
import { fail, inconclusive, warn } from '../finding.ts'
import { hostPort, list, plural } from '../words.ts'

export const defaultCredentials: Check = {
  id: 'default-credentials',
  title: 'Default passwords',
  facet: 'security',
  looksFor:
    'Log-ins with a user name and password that stand in published lists of default pairs, such as those Mirai tried, and whether they were accepted.',
  why: 'Botnets try these pairs on every address of the Internet, all the time; a device that takes one is theirs within minutes.',
  remedy:
    'Maker: give every unit a password of its own, or make the first user choose one. Owner: change it now, and start the device anew.',
  passNeeds: 'Never passes from traffic: the pairs that were refused are not all there are.',
  run(device) {
    const tried = device.of('credential').filter(({ data }) => data.known !== undefined)
    const own = tried.filter(({ data }) => data.role === 'server')
    const taken = own.filter(({ data }) => data.accepted === 'yes')
    const unclear = own.filter(({ data }) => data.accepted === 'unknown')
    const used = tried.filter(({ data }) => data.role === 'client' && data.accepted !== 'no' && !isNeighboursLogin(data))
    const neighbours = tried.filter(({ data }) => isNeighboursLogin(data))
    const lists = (of: typeof tried) => list(of.map(({ data }) => data.known!))
    const pairs = (of: typeof tried) => `${list(of.map(({ data }) => pairOf(data)))} (in: ${lists(of)})`
    // critical: full control for anyone who can reach it
    const severity = taken.every(({ data }) => isCommunity(data)) ? 'high' : 'critical'
    if (taken.length > 0) return [fail(severity, `Accepted a published default: ${pairs(taken)}.`, taken)]
    if (used.length > 0) {
      // medium: the weakness is the other end's; the device carries the key to it
      return [
        warn(
          'medium',
          `Logs in on the Internet with a published default: ${pairs(used)} at ${list(used.map(({ data }) => hostPort(data.peer)))}.`,
          used,
        ),
      ]
    }
    if (unclear.length > 0) {
      return [warn('medium', `Was offered a published default and the answer could not be read: ${pairs(unclear)}.`, unclear)]
    }
    if (own.length === 0 && neighbours.length > 0) {
      const at = list(neighbours.map(({ data }) => hostPort(data.peer)))
      return [
        inconclusive(
          `Logged in to ${at} with a published default; the thing that takes it answers for that. Nobody tried one on this device.`,
          'Change the password of the other device; reset this one and read whether its first password is the same on every unit.',
          neighbours,
        ),
      ]
    }
    const refused = own.reduce((sum, one) => sum + one.count, 0)
    const reason =
      own.length > 0
        ? `Refused ${plural(refused, 'log-in')} with published defaults; others were not tried.`
        : 'Nobody tried a published default password on it.'
    return [inconclusive(reason, 'Reset the device and read its manual: is the first password the same on every unit?', own)]
  },
}
