import { decodeAction, decodeDescription } from '../../decode/protocols/upnp.ts'
import type { UpnpAction } from '../../decode/protocols/upnp.ts'
import { isWemoDevice, wemoUse } from '../../decode/protocols/wemo.ts'
import type { Context } from '../context.ts'
import { eachRole, peerKey } from './http-talk.ts'
import type { HttpTalk } from './http-talk.ts'

/** UPnP rides on HTTP: a description in an answer, an action in a request. */
export function observeUpnp(talk: HttpTalk, context: Context): void {
  const { request, response } = talk
  if (response !== undefined && response.status === 200 && response.body.length > 0) observeDescription(talk, context)
  if (request?.soapAction === undefined) return
  const action = decodeAction(request.soapAction, request.body)
  if (action !== undefined) observeAction(talk, action, context)
}

function observeDescription(talk: HttpTalk, context: Context): void {
  const { answerer, response } = talk
  if (answerer.host < 0) return
  const description = decodeDescription(response!.body)
  if (description === undefined) return
  const frame = response!.frame
  const { friendlyName, manufacturer, modelName, modelNumber, serialNumber, udn, deviceType } = description
  const data = { friendlyName, manufacturer, modelName, modelNumber, serial: serialNumber, deviceType }
  context.add(answerer, 'upnp.device', udn ?? deviceType ?? '', data, frame)
  if (friendlyName !== undefined) {
    context.add(answerer, 'name', `upnp ${friendlyName}`, { via: 'upnp', name: friendlyName }, frame)
    context.signal(answerer, 'upnp.friendly-name', friendlyName, frame)
  }
  if (manufacturer !== undefined) context.signal(answerer, 'upnp.manufacturer', manufacturer, frame)
  if (modelName !== undefined || modelNumber !== undefined)
    context.signal(answerer, 'upnp.model', [modelName, modelNumber].filter((part) => part !== undefined).join(' '), frame)
  if (deviceType !== undefined) context.signal(answerer, 'upnp.device-type', deviceType, frame)
  if (isWemoDevice(deviceType)) addWemo(talk, { description: deviceType! }, frame, context)
}

function observeAction(talk: HttpTalk, { service, action, arguments: given }: UpnpAction, context: Context): void {
  const frame = talk.request!.frame
  // port mappings are told apart by port; what else was asked is one fact an action
  const mapping = action === 'AddPortMapping' || action === 'AddAnyPortMapping' || action === 'DeletePortMapping'
  const details = mapping
    ? {
        externalPort: port(given['NewExternalPort']),
        internalPort: port(given['NewInternalPort']),
        mapProtocol: given['NewProtocol'],
        internalClient: given['NewInternalClient'],
      }
    : {}
  eachRole(talk, context, (party, role, peer) => {
    const key = `${role} ${peerKey(peer)} ${service}#${action} ${details.externalPort ?? ''} ${details.mapProtocol ?? ''}`
    context.add(party, 'upnp.action', key, { role, peer, service, action, ...details }, frame)
  })
  const wemo = wemoUse(service, action)
  if (wemo !== undefined) addWemo(talk, { ...wemo }, frame, context)
}

/** No log-in exists for these services: whoever reaches the port may ask. */
function addWemo(talk: HttpTalk, detail: Record<string, string>, frame: number, context: Context): void {
  eachRole(talk, context, (party, role, peer) => {
    const key = `wemo ${role} ${peerKey(peer)} ${Object.values(detail).join(' ')}`
    context.add(
      party,
      'lan',
      key,
      { protocol: 'wemo', role, peer, protection: 'clear', detail: { ...detail, authentication: 'none' } },
      frame,
    )
  })
}

function port(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,5}$/.test(value) && Number(value) <= 65535 ? Number(value) : undefined
}
