import { literal } from '../address.ts'
import { decodeOnvif } from '../../decode/protocols/onvif.ts'
import { eachElement } from '../../decode/protocols/xml.ts'
import type { WsdMessage } from '../../decode/protocols/wsd.ts'
import { datagramQuestions } from '../datagrams/questions.ts'
import type { DeviceAsking } from '../probe.ts'
import { hearDatagram } from '../services/heard.ts'
import { askWeb } from '../web.ts'
import { compact } from './compact.ts'

const DEVICE = '/onvif/device_service'
const MEDIA = '/onvif/media_service'

/** Operations that only read; the first two are open to everybody by the standard (Core Specification, section 5.9.4: PRE_AUTH). */
const OPERATIONS = [
  { name: 'GetDeviceInformation', path: DEVICE, namespace: 'http://www.onvif.org/ver10/device/wsdl', body: '' },
  {
    name: 'GetCapabilities',
    path: DEVICE,
    namespace: 'http://www.onvif.org/ver10/device/wsdl',
    body: '<w:Category>All</w:Category>',
  },
  { name: 'GetProfiles', path: MEDIA, namespace: 'http://www.onvif.org/ver10/media/wsdl', body: '' },
] as const

/** By the standard anybody may ask for these. */
const PUBLIC = new Set(['GetCapabilities'])

/** ONVIF: what a camera tells without a log-in. Asked where WS-Discovery names it, or a page is served beside a stream. */
export async function askOnvif(asking: DeviceAsking): Promise<void> {
  const { asker, target, note, open, full } = asking
  const places = new Set<string>()
  const said = new Set<number>()
  if (open.some(({ protocol }) => protocol === 'wsd')) {
    const question = datagramQuestions.find(({ protocol }) => protocol === 'wsd')!
    const { answers, ref } = await asker.datagram(
      target.ip,
      question.port,
      question.says(target.ip),
      'asks where its web services are',
    )
    for (const { types, addresses, scopes } of answers.flatMap(
      (a) => (hearDatagram(a, question.port)?.messages ?? []) as WsdMessage[],
    )) {
      note(
        'probe.interface',
        'wsd',
        {
          protocol: 'wsd',
          port: question.port,
          what: `${types.slice(0, 4).join(', ') || 'a device'} found by WS-Discovery`,
          gives: 'read',
          detail: compact({ scopes: scopes.slice(0, 4).join(' '), addresses: addresses.slice(0, 2).join(' ') }),
        },
        [ref],
      )
      for (const address of addresses)
        if (URL.canParse(address) && new URL(address).hostname === literal(target.ip))
          said.add(Number(new URL(address).port || 80))
    }
  }
  const camera = said.size > 0 || full || open.some(({ protocol }) => protocol === 'rtsp')
  if (camera)
    for (const { port, protocol, tls } of open)
      if (protocol === 'http' && (said.size === 0 || said.has(port))) places.add(`${port} ${tls}`)
  for (const place of [...places].slice(0, 3)) {
    const [port, tls] = place.split(' ') as [string, string]
    await operations(asking, Number(port), tls === 'true')
  }
}

async function operations({ asker, target, note }: DeviceAsking, port: number, tls: boolean): Promise<void> {
  for (const { name, path, namespace, body } of OPERATIONS) {
    const envelope = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><w:${name} xmlns:w="${namespace}">${body}</w:${name}></s:Body></s:Envelope>`
    const answer = await askWeb(asker, {
      ip: target.ip,
      port,
      tls,
      method: 'POST',
      path,
      headers: { 'content-type': 'application/soap+xml; charset=utf-8', 'content-length': String(Buffer.byteLength(envelope)) },
      body: envelope,
      why: `asks for ONVIF's ${name}, without a log-in`,
    })
    const call = answer.status === undefined ? undefined : decodeOnvif(answer.body)
    // no ONVIF here
    if (call === undefined) return
    if (call.operation !== `${name}Response` || PUBLIC.has(name)) continue
    const profiles: string[] = []
    if (name === 'GetProfiles')
      eachElement(answer.body, 0, answer.body.length, (element, value) => {
        if (element === 'Name' && value !== '') profiles.push(value)
        return profiles.length < 8
      })
    note(
      'probe.interface',
      `onvif ${name}`,
      {
        protocol: 'onvif',
        port,
        what: `ONVIF's ${name}, answered without a log-in`,
        gives: 'read',
        detail: compact({ ...call.device, profiles: profiles.join(', ') }),
      },
      [answer.ref],
    )
  }
}
