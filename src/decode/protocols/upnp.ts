import { eachElement, findOpen, looksLikeXml } from './xml.ts'

/**
 * What UPnP's XML documents say, out of HTTP bodies: the device description (UPnP Device Architecture 2.0, section 2.3) and SOAP
 * actions (section 3.2).
 */
export interface UpnpDescription {
  readonly friendlyName?: string
  readonly manufacturer?: string
  readonly modelName?: string
  readonly modelNumber?: string
  readonly serialNumber?: string
  readonly udn?: string
  readonly deviceType?: string
}

export interface UpnpAction {
  /** Service type: "urn:schemas-upnp-org:service:WANIPConnection:1". */
  readonly service: string
  readonly action: string
  /** The arguments of the actions known below; at most MAX_ARGUMENTS. */
  readonly arguments: Readonly<Record<string, string>>
}

/** Bytes of a body that are looked at. */
const MAX_SCANNED = 8192
export const MAX_ARGUMENTS = 16

const DEVICE = 'device'
const ROOT = 'root'

/** The root device's description: of embedded devices that follow, nothing is taken. Undefined when the body is none. */
export function decodeDescription(body: Uint8Array): UpnpDescription | undefined {
  const end = Math.min(body.length, MAX_SCANNED)
  // <root xmlns="urn:schemas-upnp-org:device-1-0"> in UPnP; vendors put their own namespace there
  if (!looksLikeXml(body, end)) return undefined
  const device = findOpen(body, 0, end, DEVICE)
  if (device < 0 || findOpen(body, 0, device, ROOT) < 0) return undefined
  const found: Record<string, string> = {}
  let count = 0
  eachElement(body, device, end, (name, value) => {
    if (name === 'deviceList') return false
    if (DESCRIPTION.has(name) && !(name in found) && value !== '') {
      found[name] = value
      count++
    }
    return count < DESCRIPTION.size
  })
  if (found['deviceType'] === undefined && found['UDN'] === undefined) return undefined
  const { UDN: udn, ...rest } = found
  return { ...rest, ...(udn === undefined ? {} : { udn }) }
}

const DESCRIPTION = new Set(['friendlyName', 'manufacturer', 'modelName', 'modelNumber', 'serialNumber', 'UDN', 'deviceType'])

/** `soapAction`: the header's value, "service#action" in quotes. `body`: the envelope, for the arguments. */
export function decodeAction(soapAction: string | undefined, body: Uint8Array): UpnpAction | undefined {
  if (soapAction === undefined) return undefined
  const named = soapAction.replaceAll('"', '').trim()
  const hash = named.indexOf('#')
  if (hash <= 0 || hash === named.length - 1 || !named.startsWith('urn:')) return undefined
  const action = named.slice(hash + 1)
  const found: Record<string, string> = {}
  const end = Math.min(body.length, MAX_SCANNED)
  let count = 0
  if (looksLikeXml(body, end)) {
    eachElement(body, 0, end, (name, value) => {
      if (name === 'Envelope' || name === 'Body' || name === action || name in found) return true
      // __proto__ and its like are no arguments
      if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name) || name in Object.prototype) return true
      found[name] = value
      return ++count < MAX_ARGUMENTS
    })
  }
  return { service: named.slice(0, hash), action, arguments: found }
}
