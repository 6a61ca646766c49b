import type { DeviceEvidence } from '../../evidence/evidence.ts'
import type { LanProtocol } from '../../evidence/kinds.ts'
import type { Check } from '../check.ts'
import { inconclusive, pass, warn } from '../finding.ts'
import { carriesData } from '../traffic.ts'
import { hostPort, list, protocolName } from '../words.ts'

export const openStandards: Check = {
  id: 'open-standards',
  title: 'Open standards',
  facet: 'interoperability',
  looksFor:
    'Ways to use the device locally by a published standard (Matter, HomeKit, UPnP, IPP, MQTT, CoAP, RTSP, ONVIF …) against protocols that only its maker knows.',
  why: "A thing that speaks only its maker's language is of use only as long as the maker wants, and cannot be examined.",
  remedy: 'Maker: offer a local interface by a published standard, or publish your own.',
  passNeeds:
    'At least one published standard for local use (or protocol that its maker has published) announced or spoken, and no protocol in use that is proprietary or unknown.',
  run(device) {
    // whoever speaks a thing's language is not operated by it
    const spoken = device.of('lan').filter(({ data }) => data.protocol !== 'adb' && data.role === 'server')
    const own = spoken.filter(({ data }) => PUBLISHED[data.protocol] === undefined)
    if (own.length > 0) {
      const names = list(own.map(({ data }) => protocolName(data.protocol)))
      // low: an inconvenience and a dependence, no danger by itself
      return [warn('low', `Is operated on the local network by a proprietary protocol: ${names}.`, own)]
    }
    const unknown = device.endpoints.filter((endpoint) => carriesData(endpoint) && UNKNOWN.has(endpoint.protocol))
    if (unknown.length > 0) {
      const first = unknown[0]!
      return [
        inconclusive(
          `Speaks with ${list(unknown.map(hostPort))} in a protocol that Assay does not know; whether it is published cannot be told.`,
          `Ask the maker which protocol it speaks with ${hostPort(first)}.`,
          unknown,
        ),
      ]
    }
    const { names, sources } = standards(device)
    if (names.length > 0)
      return [
        pass(
          `Offers ${spoken.length > 0 ? 'published interfaces' : 'published standards'}: ${list(names, 6)}; nothing it said was in an unknown protocol.`,
          sources,
        ),
      ]
    return [
      inconclusive(
        'No local interface was seen.',
        'Read whether the maker documents a local interface by a published standard, such as Matter.',
      ),
    ]
  },
}

/** Protocols of one maker or project that has published them: whoever wants can build on these. */
const PUBLISHED: Readonly<Partial<Record<LanProtocol, string>>> = {
  esphome: "ESPHome's native API",
  govee: "Govee's LAN API",
  lifx: "LIFX's LAN protocol",
  roku: "Roku's External Control Protocol",
  yeelight: "Yeelight's LAN control",
}

const UNKNOWN = new Set(['text', 'low-entropy', 'high-entropy'])

/** DNS-SD service types (IANA's registry) by which a thing is used. */
const BY_MDNS: Readonly<Record<string, string>> = {
  '_matter._tcp': 'Matter',
  '_matterc._udp': 'Matter',
  '_hap._tcp': 'HomeKit Accessory Protocol',
  '_hap._udp': 'HomeKit Accessory Protocol',
  '_ipp._tcp': 'IPP',
  '_ipps._tcp': 'IPP',
  '_mqtt._tcp': 'MQTT',
  '_secure-mqtt._tcp': 'MQTT',
  '_coap._udp': 'CoAP',
  '_rtsp._tcp': 'RTSP',
  '_webthing._tcp': 'Web of Things',
  '_wot._tcp': 'Web of Things',
  '_raop._tcp': 'AirPlay',
  '_matterd._udp': 'Matter',
  '_meshcop._udp': 'Thread',
  '_trel._udp': 'Thread',
}
const BY_SERVICE: Readonly<Record<string, string>> = {
  coap: 'CoAP',
  coaps: 'CoAP',
  mqtt: 'MQTT',
  rtsp: 'RTSP',
  ipp: 'IPP',
  modbus: 'Modbus',
  bacnet: 'BACnet',
  amqp: 'AMQP',
  xmpp: 'XMPP',
  opcua: 'OPC UA',
  sip: 'SIP',
  knxip: 'KNX',
  dnp3: 'DNP3',
  enip: 'EtherNet/IP',
}

function standards(device: DeviceEvidence) {
  const announced = device.of('mdns.service').filter(({ data }) => BY_MDNS[plainType(data.type)] !== undefined)
  const described = device.of('upnp.device').filter(({ data }) => data.deviceType?.startsWith('urn:schemas-upnp-org:') === true)
  const served = device.services.filter((service) => BY_SERVICE[service.protocol] !== undefined)
  const published = device.of('lan').filter(({ data }) => data.role === 'server' && PUBLISHED[data.protocol] !== undefined)
  const names = [
    ...new Set(published.map(({ data }) => PUBLISHED[data.protocol]!)),
    ...announced.map(({ data }) => BY_MDNS[plainType(data.type)]!),
    ...described.map(() => 'UPnP'),
    ...served.map((service) => BY_SERVICE[service.protocol]!),
  ]
  return { names, sources: [...published, ...announced, ...described, ...served] }
}

function plainType(type: string): string {
  return type
    .toLowerCase()
    .replace(/\.local\.?$/, '')
    .replace(/\.$/, '')
}
