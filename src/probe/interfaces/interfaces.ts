import type { DeviceAsking, DeviceProbe } from '../probe.ts'
import { askCoap } from './coap.ts'
import { askMachines } from './machines.ts'
import { askMdns } from './mdns.ts'
import { askMqtt } from './mqtt.ts'
import { askOnvif } from './onvif.ts'
import { askRtsp } from './rtsp.ts'
import { askUpnp } from './upnp.ts'

const parts: Readonly<Record<string, (asking: DeviceAsking) => Promise<void>>> = {
  upnp: askUpnp,
  mdns: askMdns,
  coap: askCoap,
  mqtt: askMqtt,
  rtsp: askRtsp,
  onvif: askOnvif,
  machines: askMachines,
}

/** What it tells or shows to anybody on the network, by protocols of discovery and control. Reads only. */
export const interfaces: DeviceProbe = {
  of: 'device',
  id: 'interfaces',
  title: 'Interfaces without a log-in',
  ms: 60_000,
  asks: (full) => [
    'UPnP: where its descriptions are, reads them, and asks a router service for the external address (GetExternalIPAddress); no port is ever mapped',
    'mDNS: which services it announces; WS-Discovery: which web services it has',
    'CoAP: GET /.well-known/core',
    'MQTT: CONNECT without a password, SUBSCRIBE to every topic for a second; nothing is published',
    `RTSP: DESCRIBE of ${full ? 'sixteen' : 'eight'} usual paths without a log-in; no stream is begun`,
    'ONVIF: GetDeviceInformation, GetCapabilities and GetProfiles without a log-in',
    'Modbus, S7, EtherNet/IP, KNX, BACnet, and plugs and lamps: who it is',
    ...(full ? ['UPnP descriptions at their usual places on every port that serves pages'] : []),
  ],
  async run(asking) {
    await Promise.all(
      Object.entries(parts).map(async ([name, ask]) => {
        try {
          await ask(asking)
        } catch (error) {
          asking.asker.signal?.throwIfAborted()
          // the others go on
          const reason = error instanceof Error ? error.message : String(error)
          asking.trouble(name, reason, `Ask again, this alone: assay probe ${asking.target.ip} --only interfaces`)
        }
      }),
    )
  },
}
