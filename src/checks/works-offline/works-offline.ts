import type { Observation } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { fail, inconclusive, pass, unanswered, warn } from '../finding.ts'
import { list, plural, protocolName } from '../words.ts'

type Asked = Observation<'probe.cut'>

export const worksOffline: Check = {
  id: 'works-offline',
  title: 'Works without the Internet',
  facet: 'development',
  looksFor: 'Which of its services still answer on the local network when the Internet is taken away.',
  why: 'Networks fail, and makers close: what was bought should still work at home.',
  remedy:
    'Maker: keep local control working without the cloud, and say what stops. Owner: do not rely on it for what must not fail.',
  passNeeds:
    'The Internet was taken away, the device tried to reach it in vain, and every service that answered before still answered.',
  of: ['device'],
  run(device) {
    return [judged(device.of('probe.cut'), device.of('probe.trouble'))]
  },
}

function judged(asked: readonly Asked[], troubles: readonly Observation<'probe.trouble'>[]): Finding {
  const before = asked.filter(({ data }) => data.before)
  const trouble = troubles.find(({ data }) => data.probe === 'cut')
  const [first] = before
  if (first === undefined) {
    if (trouble) return unanswered(trouble.data.reason, trouble.data.next, [trouble])
    return inconclusive(
      'The Internet was not taken away from it.',
      'Put it behind this machine (docs/impostor.md) and ask: assay probe DEVICE --cut',
    )
  }
  const { seconds, dropped } = first.data
  const names = (of: readonly Asked[]) =>
    list(
      of.map(({ data }) => (data.protocol === '' ? data.service : `${data.service} (${protocolName(data.protocol)})`)),
      4,
    )
  if (dropped === 0)
    return inconclusive(
      `In ${plural(seconds, 'second')} it sent nothing to the Internet through this machine: whether that was taken away is not shown.`,
      'See that its traffic passes this machine (docs/impostor.md), use it meanwhile, and give it longer: assay probe DEVICE --cut --for 10m',
      before,
    )
  const lost = before.filter(({ data }) => !data.during)
  const away = `${plural(seconds, 'second')} without the Internet, to which ${plural(dropped, 'packet')} of it were sent in vain`
  if (lost.length === 0) return pass(`Everything that answered before still did after ${away}: ${names(before)}.`, before)
  const stuck = lost.filter(({ data }) => !data.after)
  const later =
    stuck.length === 0
      ? ' All came back with it.'
      : ` With the Internet back, ${names(stuck)} did not answer as before within a few seconds.`
  // who does not come back may have broken down, or been switched off
  if (stuck.length === before.length)
    return inconclusive(
      `Nothing answered as before after ${away}, nor within a few seconds with the Internet back: not ${names(lost)}. Whether that was for want of the Internet is not shown.`,
      'See that it is switched on and works again, and ask once more: assay probe DEVICE --cut',
      lost,
    )
  if (lost.length === before.length)
    return fail('medium', `Nothing answered as before after ${away}: not ${names(lost)}.${later}`, lost)
  const kept = before.filter(({ data }) => data.during)
  return warn('low', `After ${away}, ${names(lost)} no longer answered as before; ${names(kept)} did.${later}`, lost)
}
