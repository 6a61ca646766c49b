import { literal } from '../address.ts'
import { decodeDescription } from '../../decode/protocols/upnp.ts'
import { eachElement, looksLikeXml } from '../../decode/protocols/xml.ts'
import type { SsdpMessage } from '../../decode/protocols/ssdp.ts'
import { printable } from '../../decode/text.ts'
import { datagramQuestions } from '../datagrams/questions.ts'
import type { DeviceAsking } from '../probe.ts'
import { hearDatagram } from '../services/heard.ts'
import { askWeb } from '../web.ts'
import { compact } from './compact.ts'

/** Descriptions that are read, and services of one that are told. */
const MAX_DESCRIPTIONS = 4
const MAX_SERVICES = 16
/** Where a description lies when nobody says it, by the stacks that things use. */
const USUAL = ['/rootDesc.xml', '/description.xml', '/setup.xml']

/** A service of a UPnP device (UPnP Device Architecture 2.0, section 2.3). */
interface UpnpService {
  type: string
  control: string
}

/**
 * UPnP: who answers a search says where its description is; it is read there, and its services are listed. Of a router's port forwarding
 * one action is asked that only reads. None is asked that changes anything.
 */
export async function askUpnp(asking: DeviceAsking): Promise<void> {
  for (const location of await locations(asking)) await describe(asking, location)
}

async function locations(asking: DeviceAsking): Promise<URL[]> {
  const { asker, target, open, full, trouble } = asking
  const found = new Map<string, URL>()
  if (open.some(({ protocol }) => protocol === 'ssdp')) {
    const question = datagramQuestions.find(({ protocol }) => protocol === 'ssdp')!
    const { answers, ref } = await asker.datagram(
      target.ip,
      question.port,
      question.says(target.ip),
      'asks where its UPnP descriptions are',
      {
        enough: 16,
      },
    )
    for (const answer of answers)
      for (const { location } of (hearDatagram(answer, question.port)?.messages ?? []) as SsdpMessage[]) {
        if (location === undefined || !URL.canParse(location)) continue
        const url = new URL(location)
        if (url.protocol === 'http:' && url.hostname === literal(target.ip)) found.set(url.href, url)
        else
          trouble(
            `description ${printable(url.host)}`,
            `it says that its description is at ${printable(url.host, 100)}, which is not the host that was named`,
            'Where that is a device of yours, ask it by its own address.',
            [ref],
          )
      }
  }
  if (found.size === 0 && full)
    for (const { port } of open.filter(({ protocol, tls }) => protocol === 'http' && !tls).slice(0, 4))
      for (const path of USUAL) {
        const url = new URL(`http://${literal(target.ip)}:${port}${path}`)
        found.set(url.href, url)
      }
  return [...found.values()].slice(0, full ? 12 : MAX_DESCRIPTIONS)
}

async function describe(asking: DeviceAsking, url: URL): Promise<void> {
  const { asker, target, note } = asking
  const port = Number(url.port || 80)
  const path = `${url.pathname}${url.search}`
  const answer = await askWeb(asker, { ip: target.ip, port, path, why: 'reads its UPnP description' })
  const description = answer.status === 200 ? decodeDescription(answer.body) : undefined
  if (description === undefined) return
  const { friendlyName, manufacturer, modelName, modelNumber, deviceType } = description
  const services = servicesOf(answer.body)
  note(
    'probe.interface',
    `upnp tcp/${port} ${printable(path, 100)}`,
    {
      protocol: 'upnp',
      port,
      what: `the description of ${short(deviceType ?? 'a device')}${services.length === 0 ? '' : `, with ${services.map(({ type }) => short(type)).join(', ')}`}`,
      gives: 'read',
      detail: compact({ name: friendlyName, manufacturer, model: modelName, number: modelNumber }),
    },
    [answer.ref],
  )
  for (const { type, control } of services)
    if (/:WAN(?:IP|PPP)Connection:/.test(type)) await forwarding(asking, port, type, control)
}

/** The address by which a router is known outside: an action that only reads (WANIPConnection:2, section 2.5.18). */
async function forwarding({ asker, target, note }: DeviceAsking, port: number, type: string, control: string): Promise<void> {
  const path = control.startsWith('/') ? control : `/${control}`
  const body = `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body><u:GetExternalIPAddress xmlns:u="${type.replace(/[<>&"]/g, '')}"></u:GetExternalIPAddress></s:Body></s:Envelope>`
  const answer = await askWeb(asker, {
    ip: target.ip,
    port,
    method: 'POST',
    path,
    headers: {
      'content-type': 'text/xml; charset="utf-8"',
      'content-length': String(Buffer.byteLength(body)),
      soapaction: `"${type.replace(/[^\w:.-]/g, '')}#GetExternalIPAddress"`,
    },
    body,
    why: 'asks its router service for the external address, without a log-in (reads only)',
  })
  if (answer.status !== 200) return
  let address = ''
  if (looksLikeXml(answer.body, answer.body.length))
    eachElement(answer.body, 0, answer.body.length, (name, value) => {
      if (name === 'NewExternalIPAddress') address = value
      return address === ''
    })
  note(
    'probe.interface',
    `upnp ${short(type)}`,
    {
      protocol: 'upnp',
      port,
      what: `${short(type)}, which opens the router towards the Internet for whoever asks: it answered GetExternalIPAddress`,
      gives: 'control',
      detail: compact({ address }),
    },
    [answer.ref],
  )
}

/** Pairs of serviceType and controlURL, in the order of the document. */
function servicesOf(body: Uint8Array): UpnpService[] {
  const found: UpnpService[] = []
  eachElement(body, 0, body.length, (name, value) => {
    if (name === 'serviceType') found.push({ type: value, control: '' })
    else if (name === 'controlURL' && found.length > 0) found.at(-1)!.control = value
    return found.length < MAX_SERVICES
  })
  return found
}

/** 'urn:schemas-upnp-org:service:WANIPConnection:1' is 'WANIPConnection'. */
function short(type: string): string {
  return printable(/^urn:[^:]+:(?:service|device):([^:]+)/.exec(type)?.[1] ?? type, 64)
}
