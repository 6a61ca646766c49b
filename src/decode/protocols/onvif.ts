import { eachElement, looksLikeXml } from './xml.ts'

/** ONVIF's web services (Core Specification): SOAP over HTTP, by which cameras are asked and controlled. */
export interface OnvifCall {
  /** 'GetProfiles'; of an answer 'GetProfilesResponse', or 'Fault'. */
  readonly operation: string
  /** A log-in comes with it: a UsernameToken of WS-Security (section 5.9.4). */
  readonly token: boolean
  readonly user?: string
  /** Where it is sent as it is, and not as a digest. In memory only. */
  readonly password?: string
  /** Where it is: what it was made of beside the password. */
  readonly digest?: { readonly value: string; readonly nonce: string; readonly created: string }
  /** A fault that says that the log-in was missing or wrong. */
  readonly refused: boolean
  /** Of GetDeviceInformationResponse. */
  readonly device?: OnvifDevice
}

interface OnvifDevice {
  readonly manufacturer?: string
  readonly model?: string
  readonly firmware?: string
  readonly hardware?: string
}

const MARK = 'www.onvif.org/ver'
/** Base64 of SHA-1's twenty bytes: Base64(SHA1(nonce, time, password)), UsernameToken Profile 1.0 section 3.1. */
const DIGEST = /^[A-Za-z0-9+/]{27}=$/
const DEVICE: Readonly<Record<string, keyof OnvifDevice>> = Object.assign(Object.create(null), {
  Manufacturer: 'manufacturer',
  Model: 'model',
  FirmwareVersion: 'firmware',
  HardwareId: 'hardware',
})

/** Undefined for a body that is no ONVIF SOAP. */
export function decodeOnvif(body: Uint8Array): OnvifCall | undefined {
  if (!looksLikeXml(body, body.length) || !mentions(body)) return undefined
  let operation: string | undefined
  let inBody = false
  let token = false
  let user: string | undefined
  let password: string | undefined
  const proof = { value: '', nonce: '', created: '' }
  let refused = false
  const device: { -readonly [k in keyof OnvifDevice]: string } = {}
  eachElement(body, 0, body.length, (name, value) => {
    if (name === 'Body') inBody = true
    else if (!inBody) {
      if (name === 'UsernameToken') token = true
      else if (!token) return true
      else if (name === 'Username') user ??= value
      else if (name === 'Nonce') proof.nonce ||= value
      else if (name === 'Created') proof.created ||= value
      else if (name === 'Password' && DIGEST.test(value)) proof.value ||= value
      else if (name === 'Password') password ??= value
    } else if (operation === undefined) operation = name
    else if (operation === 'Fault' && name === 'Value' && /NotAuthorized|FailedAuthentication/.test(value)) refused = true
    else if (operation === 'GetDeviceInformationResponse' && DEVICE[name] !== undefined && value !== '')
      device[DEVICE[name]] ??= value.slice(0, 128)
    return true
  })
  if (operation === undefined) return undefined
  return {
    operation,
    token,
    ...(token && user !== undefined ? { user } : {}),
    ...(token && password !== undefined ? { password } : {}),
    ...(proof.value === '' ? {} : { digest: proof }),
    refused,
    ...(Object.keys(device).length > 0 ? { device } : {}),
  }
}

function mentions(body: Uint8Array): boolean {
  return Buffer.prototype.indexOf.call(body, MARK) >= 0
}
