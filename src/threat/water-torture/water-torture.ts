import type { Detector, Sign, Telling } from '../detector.ts'
import { counted, grouped, spanText } from '../figures.ts'
import { TUNABLES, WaterTortureSensor } from './water-torture-sensor.ts'

const T = TUNABLES

/** DNS water torture (Luo et al., "A Large-Scale Analysis of the Water Torture Attack", 2018): by the device, and of a resolver here. */
export const waterTorture: Detector = {
  id: 'water-torture',
  title: 'Water torture',
  looksFor:
    `At least ${T.rate.value} questions a second for names under one, ${T.questions.value} in all, of which ${T.fresh.value * 100} % ` +
    'were not asked for before: resolvers have none of them and ask the name’s own servers, which drown.',
  mistakes:
    'A program that looks up what it finds in a list of hashes, so fast. Not seen: names with two random labels or more, or a first label of fewer ' +
    'than 4 characters (numbers) or more than 40 (a tunnel’s); questions by TCP, TLS or HTTPS; slower ones. Who passes on what it is asked is not blamed for it.',
  baseRate:
    'Nothing in 910 public captures without floods (iot-sentinel, moniotr, ja4, zeek, wireshark, ndpi, tcpdump, the samples), most of them short.',
  tunables: TUNABLES,
  sensor: (desk) => new WaterTortureSensor(desk),
  tell,
}

function tell({ data, count, first, last }: Sign): Telling {
  const { detail, peer } = data
  const source = data.role === 'source'
  const figures =
    `within ${spanText(first, last)}, as many as ${grouped(Number(detail['peak a second']))} in a second, ` +
    `for about ${grouped(Number(detail['names']))} different names of some ${detail['mean characters']} characters under ${detail['zone']}`
  return {
    campaign: source ? 'recruitment' : 'under-attack',
    stage: source ? 'attacking' : 'flooded',
    severity: source ? 'critical' : 'medium',
    confidence: 0.9,
    says: source
      ? `DNS water torture: asked ${peer?.ip} ${counted(count, 'question')} ${figures}.`
      : `DNS water torture: was asked ${counted(count, 'question')} by ${peer?.ip} ${figures}.`,
    techniques: ['T1499.002'],
  }
}
