import { number, percent } from '../words.ts'
import type { Party, State } from './model.ts'

/** 'Signs of attack: 2 critical, 1 high', or that there were none. */
export function headline({ severities, hours, devices, audits }: State): string {
  const list = Object.entries(severities).map(([severity, n]) => `${number(n)} ${severity}`)
  if (audits.length === 0) return 'No audit'
  const seen = `${number(devices)} ${devices === 1 ? 'thing' : 'things'}, ${hoursWords(hours)} of traffic`
  return list.length === 0 ? `No sign of attack: ${seen}` : `Signs of attack, ${list.join(', ')}: ${seen}`
}

export const NO_PROOF = 'That nothing more was seen is no proof: what was not captured was not seen.'

export function hoursWords(hours: number): string {
  if (hours >= 48) return `${number(hours / 24)} days`
  if (hours >= 1) return `${number(hours)} h`
  return `${Math.round(hours * 60)} min`
}

/** 'more than before (3 a day, before 1)'. */
export function trendWords({ per, now, before }: State['trend'][number]): string {
  const figures = `${short(now)} ${per === 'day' ? 'a day' : 'in the last audit'}, before ${short(before)}${per === 'day' ? '' : ' in each'}`
  if (now === before) return `as before (${figures})`
  const change = before === 0 ? '' : `, ${now > before ? '+' : '−'}${percent(Math.abs(now / before - 1))}`
  return `${now > before ? 'more' : 'fewer'} than before (${figures}${change})`
}

function short(n: number): string {
  return n >= 100 || Number.isInteger(n) ? number(n) : n.toFixed(n < 1 ? 2 : 1)
}

export function partyWords({ ip, name, country, scope }: Party): string {
  return [name === undefined ? ip : `${name} (${ip})`, country ?? (scope === 'local' ? 'own network' : '')]
    .filter(Boolean)
    .join(', ')
}

export function largestWords({ role, name, packets, peak, what }: NonNullable<State['largest']>): string {
  const rate = peak === undefined ? '' : `, ${number(peak)} a second at most`
  return `${number(packets)} packets${rate} (${what}), ${role === 'source' ? 'sent by' : 'against'} ${name}`
}
