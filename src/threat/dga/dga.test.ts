import { describe, expect, it } from 'vitest'
import { random } from '../../../lab/random.ts'
import { dnsMessage, station, stepsIn, type Timed, udp } from '../../testing/lan.ts'
import { looksDrawn } from './name-model.ts'

const thing = station(10)
const router = station(1)

const answers = (names: readonly string[], every: number, rcode = 3, from = 0): Timed[] =>
  names.flatMap((name, i): Timed[] => [
    [from + i * every, udp(thing, 5353 - 53, router, 53, dnsMessage(i, name))],
    [
      from + i * every + 0.01,
      udp(router, 53, thing, 5353 - 53, dnsMessage(i, name, { rcode, records: rcode === 0 ? [[1, [203, 0, 113, 7]]] : [] })),
    ],
  ])
const steps = (frames: readonly Timed[]) => stepsIn(frames, 'dga')

const chance = random('dga')
const letters = (of: string, n: number) => Array.from({ length: n }, () => of.charAt(chance.below(of.length))).join('')
const ALL = 'abcdefghijklmnopqrstuvwxyz'
const WORDS = 'table river stone green light house paper cloud horse plant sugar metal bread glass train chair field night'.split(
  ' ',
)
const family = {
  letters: () => `${letters(ALL, 12)}.${chance.pick(['com', 'net', 'info', 'ws'])}`,
  hex: () => `${letters('0123456789abcdef', 16)}.top`,
  'letters and digits': () => `${letters(`${ALL}0123456789`, 14)}.ddns.net`,
}
const many = (make: () => string, n = 30) => Array.from({ length: n }, make)

describe('generated names', () => {
  it.each(Object.entries(family))('are told by how they look: %s', async (_, make) => {
    const told = await steps(answers(many(make), 2))
    expect(told).toMatchObject([
      { what: 'drawn', severity: 'high', stage: 'commanded', role: 'source', peer: { ip: '192.168.1.1' } },
    ])
    expect(told[0]!.count).toBeGreaterThan(24)
    // the tenth that looks drawn, or soon after
    expect(Date.parse(told[0]!.alerted)).toBeLessThan(1_790_000_030_000)
  })

  it('lead to the one that exists', async () => {
    const told = await steps([...answers(many(family.hex), 2), ...answers(['0123456789abcdef.top'], 1, 0, 70)])
    expect(told[0]!.indicators).toContainEqual({ type: 'domain', value: '0123456789abcdef.top', role: 'command server' })
    expect(told[0]!.says).toContain('0123456789abcdef.top (203.0.113.7)')
  })

  it('are told by their number where they are made of words', async () => {
    const words = WORDS.flatMap((a) => WORDS.filter((b) => b !== a).map((b) => `${a}${b}.com`))
    expect(await steps(answers(words.slice(0, 80), 3))).toMatchObject([{ what: 'many', severity: 'medium', count: 80 }])
  })
})

describe('no generated names', () => {
  const none = async (names: readonly string[], every = 1) => expect(await steps(answers(names, every))).toEqual([])

  it('are what browsers ask for at their start, with a search suffix or without', () =>
    none(many(() => letters(ALL, 10), 40).flatMap((name) => [name, `${name}.lan`, `${name}.home.arpa`, `${name}.example.com`])))

  it('are what is looked up by hash, or in lists of senders', () =>
    none(
      many(() => `${letters('0123456789abcdef', 32)}.avqs.example.com`, 200).concat(
        many(() => `${chance.below(255)}.2.0.192.zen.example.org`, 200),
      ),
    ))

  it('are advertisers that a resolver denies', () =>
    none(WORDS.flatMap((a) => WORDS.slice(0, 6).map((b) => `ads.${a}${b}.com`)).concat(many(family.letters, 8))))

  it('are a few in the hour', () => none(many(family.letters, 60), 120))

  it('are names that exist', async () => expect(await steps(answers(many(family.letters), 1, 0))).toEqual([]))
})

it('tells names drawn by lot from those that people chose', () => {
  const chosen =
    'google facebook netflix spotify philips-hue smartthings dlinkddns withings meethue tplinkcloud amazonaws akamaiedge cloudflare'.split(
      ' ',
    )
  expect(chosen.filter(looksDrawn)).toEqual([])
  const drawn = many(() => letters(ALL, 10), 1000).filter(looksDrawn).length
  expect(drawn).toBeGreaterThan(950)
})
