/** What a pairing's message says of itself (HomeKit Accessory Protocol, chapter 5): TLV8 with a state, and an error where it failed. */
export interface HapPairing {
  /** 1 to 6: M1, M2… */
  readonly state?: number
  readonly error?: number
}

const STATE = 0x06
const ERROR = 0x07

/** TLV8: type, length of one byte, value. */
export function decodePairing(body: Uint8Array): HapPairing {
  let state: number | undefined
  let error: number | undefined
  for (let at = 0; at + 2 <= body.length;) {
    const type = body[at]!
    const length = body[at + 1]!
    if (at + 2 + length > body.length) break
    if (type === STATE && length === 1) state ??= body[at + 2]!
    if (type === ERROR && length >= 1) error ??= body[at + 2]!
    at += 2 + length
  }
  return { ...(state === undefined ? {} : { state }), ...(error === undefined ? {} : { error }) }
}
