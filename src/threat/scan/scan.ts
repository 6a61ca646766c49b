import { type Packet, PROTO_TCP, TCP_ACK, TCP_SYN } from '../../decode/packet.ts'
import type { FrameRef } from '../../evidence/evidence.ts'
import type { Sensor, SensorDesk } from '../../evidence/sensor.ts'
import type { Detector, Sign, Telling } from '../detector.ts'

const MARKED = { value: 5, unit: 'packets', why: 'one is chance once in 4 billion' }

/** Scanning by the device. */
export const scan: Detector = {
  id: 'scan',
  title: 'Scanning',
  looksFor: `Mirai's mark: SYNs whose sequence number is the address they go to, ${MARKED.value} of them.`,
  mistakes: 'None known.',
  baseRate: 'not measured yet',
  tunables: { marked: MARKED },
  sensor: (desk) => new ScanSensor(desk),
  tell,
}

class ScanSensor implements Sensor {
  private readonly desk: SensorDesk
  private readonly seen = new Map<
    number,
    { count: number; first: number; last: number; frames: FrameRef[]; raised?: { time: number; frame: FrameRef } }
  >()

  constructor(desk: SensorDesk) {
    this.desk = desk
  }

  packet(p: Packet, row: number): void {
    if (p.protocol !== PROTO_TCP || (p.tcpFlags & (TCP_SYN | TCP_ACK)) !== TCP_SYN || p.ipVersion !== 4) return
    const b = p.buf
    const d = p.dstIp
    if (((b[d]! << 24) | (b[d + 1]! << 16) | (b[d + 2]! << 8) | b[d + 3]!) >>> 0 !== p.tcpSeq) return
    const handle = this.desk.actor(row, this.desk.table.side)
    if (handle < 0) return
    let one = this.seen.get(handle)
    if (!one) this.seen.set(handle, (one = { count: 0, first: p.time, last: p.time, frames: [] }))
    one.count++
    one.last = p.time
    const frame = { capture: p.capture, frame: p.frame }
    if (one.frames.length < 8) one.frames.push(frame)
    if (one.count !== MARKED.value) return
    one.raised = { time: p.time, frame }
    this.tell(handle)
  }

  report(): void {
    for (const [handle, { raised }] of this.seen) if (raised) this.tell(handle)
  }

  private tell(handle: number): void {
    const { count, first, last, frames, raised } = this.seen.get(handle)!
    this.desk.sign(handle, 'mirai', {
      detector: 'scan',
      what: 'mirai',
      role: 'source',
      detail: {},
      count,
      first,
      last,
      frames,
      ...(raised && { raised }),
    })
  }
}

function tell({ count }: Sign): Telling {
  return {
    campaign: 'recruitment',
    stage: 'scanning',
    severity: 'high',
    confidence: 0.99,
    says: `Sent ${count} connection requests whose sequence number is the address they go to, as Mirai does.`,
    techniques: ['T1595.001'],
  }
}
