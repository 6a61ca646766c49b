import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { corpus } from '../src/testing/corpus.ts'

/** What the thing in a labelled capture is. */
export interface Label {
  mac: string
  vendor: string
  model: string
  category: string
}

/** One set-up of a thing: its capture, and in which half it is. */
export interface Run {
  path: string
  folder: string
  /** Knowledge is made from 'build' alone, and judged on 'judge' alone. */
  half: 'build' | 'judge'
  label: Label
}

/** What is behind another device cannot be seen on the wire: the right answer is what it is behind. */
const BEHIND: Record<string, string> = { 'D-LinkDoorSensor': 'D-LinkHomeHub', HueSwitch: 'HueBridge' }

/** Where the INDEX's reading is not what the thing itself says on the wire. */
const CORRECTED: Record<string, string> = { 'DCH-935L': 'DCS-935L' }

/** The people's machines in those captures, read by hand: an LG and a Samsung phone, a laptop whose maker cannot be seen. */
export const PEOPLE: Record<string, { vendor?: string; category: string }> = {
  'bc:f5:ac:f4:c0:9d': { vendor: 'LG', category: 'phone' },
  '38:0b:40:ef:85:41': { vendor: 'Samsung', category: 'phone' },
  '24:77:03:7c:ea:dc': { category: 'computer' },
}

/** Labels as the corpus's INDEX.md has them: folder, MAC, runs, vendor, model, category. */
function labels(index: string): Map<string, Label> {
  const out = new Map<string, Label>()
  for (const line of readFileSync(index, 'utf8').split('\n')) {
    const [, folder, mac, , vendor, model, category] = line.split('|').map((cell) => cell.trim())
    if (folder && vendor && model && category && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac ?? ''))
      out.set(folder, { mac: mac!, vendor, model: CORRECTED[model] ?? model, category })
  }
  return out
}

/** The iot-sentinel captures (Miettinen et al., ICDCS 2017). By name, every other run of a model is for building. */
export function labelledRuns(): Run[] {
  const root = corpus('iot-sentinel')
  const index = corpus('INDEX.md')
  if (root === undefined || index === undefined) return []
  const known = labels(index)
  return [...known].flatMap(([folder, label]) => {
    const names = readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.pcap'))
      .sort()
    const seen = known.get(BEHIND[folder] ?? folder) ?? label
    return names.map((name, i): Run => {
      const half = i % 2 === 0 ? 'build' : 'judge'
      return { path: join(root, folder, name), folder: BEHIND[folder] ?? folder, half, label: { ...seen, mac: label.mac } }
    })
  })
}
