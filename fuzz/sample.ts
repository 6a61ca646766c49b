import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCapture } from '../src/capture/read.ts'
import { decodePacket } from '../src/decode/decode.ts'
import { Packet } from '../src/decode/packet.ts'
import { type Frame, pcap } from './pcap.ts'

let scratch: string | undefined
let files = 0

/** A path for one input. */
export function scratchFile(): string {
  scratch ??= mkdtempSync(join(tmpdir(), 'assay-fuzz-'))
  return join(scratch, `${++files}.pcap`)
}

interface Flow {
  linkType: number
  server: string
  frames: Frame[]
}

/**
 * Small captures cut from large ones: the first packets of flows, at most `perPort` flows of each port below 10,000 and each
 * protocol, so that every protocol of the capture is among them.
 */
export async function windows(captures: readonly string[], most: number, packets: number): Promise<Uint8Array[]> {
  const flows = new Map<string, Flow>()
  for (const path of captures) {
    const p = new Packet()
    await readCapture(path, 0, p, () => {
      decodePacket(p)
      if (flows.size > 20_000) return
      const key = flowKey(p)
      let flow = flows.get(key)
      const server = `${p.linkType} ${p.etherType} ${p.protocol} ${Math.min(p.srcPort, p.dstPort, 10_000)}`
      if (!flow) flows.set(key, (flow = { linkType: p.linkType, server, frames: [] }))
      if (flow.frames.length < packets)
        flow.frames.push({ bytes: p.buf.slice(p.start, p.end), time: p.time, wireLength: p.wireLength })
    }).catch(() => undefined)
  }
  // the fullest of each kind first, then the next of each
  const kinds = Map.groupBy([...flows.values()], (f) => f.server)
  for (const list of kinds.values()) list.sort((a, b) => b.frames.length - a.frames.length)
  const out: Uint8Array[] = []
  for (let round = 0; round < 3; round++)
    for (const list of kinds.values()) {
      const flow = list[round]
      if (flow && out.length < most) out.push(pcap(flow.linkType, flow.frames))
    }
  return out
}

function flowKey(p: Packet): string {
  if (p.srcIp < 0) return `${p.linkType} ${p.etherType}`
  const length = p.ipVersion === 6 ? 16 : 4
  const ends = [p.srcIp, p.dstIp].map((o, i) => `${p.buf.subarray(o, o + length).join('.')} ${i === 0 ? p.srcPort : p.dstPort}`)
  return `${p.protocol} ${ends.sort().join(' ')}`
}
