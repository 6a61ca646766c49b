import type { FrameRef } from '../evidence/evidence.ts'
import type { DeviceEvidence, Endpoint } from '../evidence/evidence.ts'
import type { Sign } from './detector.ts'

/*
 * A sensor sees no names: whether a device looked an address up is known in the books. What is no misuse where the address has a name is
 * told without `raised`, with the moment at which the sensor was sure, and raised by the detector's `judge`.
 */

const AT = 'heldAt'
const CAPTURE = 'heldCapture'
const FRAME = 'heldFrame'

/** For `detail`: when it was sure but for the name. */
export function heldSince(time: number, { capture, frame }: FrameRef): Record<string, number> {
  return { [AT]: time, [CAPTURE]: capture, [FRAME]: frame }
}

/** Signs of a detector that wait for its judge, as they are when they are raised. */
export function heldSigns(device: DeviceEvidence, detector: string): Sign[] {
  return device.of('sign').flatMap(({ data, ...sign }) => {
    const { [AT]: time, [CAPTURE]: capture, [FRAME]: frame, ...detail } = data.detail
    if (data.detector !== detector || data.raised !== undefined || time === undefined) return []
    const raised = { time: Number(time), frame: { capture: Number(capture), frame: Number(frame) } }
    return [{ ...sign, data: { ...data, detail, raised } }]
  })
}

/** Places on the Internet that the device called by address, as far as is known. */
export function unnamed(device: DeviceEvidence, transport: Endpoint['transport']): Endpoint[] {
  return device.endpoints.filter(
    (one) =>
      one.initiator === 'device' &&
      one.scope === 'internet' &&
      one.transport === transport &&
      one.name === undefined &&
      one.packetsOut > 0,
  )
}
