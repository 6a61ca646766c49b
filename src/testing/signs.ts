import { audit } from '../audit/audit.ts'
import type { MessageBase } from '../decode/message.ts'
import type { Observer } from '../evidence/context.ts'
import type { Detector, Sign, Telling } from '../threat/detector.ts'
import { type Dialogue, dialoguesCapture } from './dialogue-capture.ts'
import type { Recorder } from './recorder.ts'

/** What a detector says of what was raised, with whose it is. */
export function told(detector: Detector, recorder: Recorder): (Telling & { host: number; count: number; data: Sign['data'] })[] {
  return recorder
    .of('sign')
    .filter((sign) => (sign.data as Sign['data']).raised !== undefined)
    .map(({ host, count, data }) => {
      const sign = { key: '', count, first: 0, last: 0, exemplars: [], data: data as Sign['data'] }
      return { host, count, data: sign.data, ...detector.tell(sign) }
    })
}

/** Messages to the detector's observers, as one bookkeeper would pass them on: gives what takes the next. */
export function observing(detector: Detector): (message: MessageBase, recorder: Recorder) => void {
  const observers = detector.observers!()
  return (message, recorder) => (observers[message.protocol] as Observer<MessageBase> | undefined)?.(message, recorder)
}

export const CAMERA = { ip: [192, 168, 1, 20], mac: [2, 0, 0, 0, 0, 0x20] }
export const LAPTOP = { ip: [192, 168, 1, 30], mac: [2, 0, 0, 0, 0, 0x30] }
/** Through the router. */
export const STRANGER = { ip: [203, 0, 113, 9], mac: [2, 0, 0, 0, 0, 1] }
type End = typeof CAMERA

/** A conversation between two of these. */
export function between(client: End, server: End, serverPort: number, turns: Dialogue['turns'], clientPort = 40000): Dialogue {
  return {
    turns,
    serverPort,
    clientPort,
    ends: { client: client.ip, server: server.ip, macs: { client: client.mac, server: server.mac } },
  }
}

/** A detector's steps of the threats that an audit tells of these conversations: 'device stage severity what'. */
export async function stepsIn(of: Detector, dialogues: readonly Dialogue[]): Promise<string[]> {
  const path = dialoguesCapture(dialogues, dialogues[0]!.ends)
  const { threats = [] } = await audit([path], { threads: 0 })
  // the dialogues' packets all have the hop limit of one who sends: the router's would be taken for its own
  const inside = threats.filter(({ device }) => !device.endsWith('01'))
  return inside.flatMap(({ device, steps }) =>
    steps
      .filter(({ detector }) => detector === of.id)
      .map(({ stage, severity, what }) => `${device.slice(-2)} ${stage} ${severity} ${what}`),
  )
}
