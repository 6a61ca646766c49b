import type { DeviceAsking, OpenPort } from '../probe.ts'
import { adb } from './adb.ts'
import type { Door, Knock } from './door.ts'
import { ftp } from './ftp.ts'
import { http } from './http.ts'
import { mqtt } from './mqtt.ts'
import { rtsp } from './rtsp.ts'
import { snmp } from './snmp.ts'
import { ssh } from './ssh.ts'
import { memcached, redis, vnc } from './stores.ts'
import { telnet } from './telnet.ts'

const KNOCKS: Readonly<Record<string, Knock>> = { adb, ftp, http, memcached, mqtt, redis, rtsp, snmp, ssh, telnet, vnc }

export interface Found {
  protocol: string
  port: OpenPort
  /** 'telnet tcp/23' */
  key: string
  door: Door
  /** Nothing said that somebody is there: silence is no trouble. */
  guessed?: true
}

/** At which no pair is tried: they are only looked at. */
export const LOOKED_AT = new Set(['adb', 'memcached', 'redis', 'vnc'])

/** The services of a device at which one might log in. SNMP's is asked for in any case: a scan of TCP does not see it. */
export function doors({ asker, target, open }: DeviceAsking): Found[] {
  const found = open.flatMap((port): Found[] => {
    const { protocol } = port
    const knock = KNOCKS[protocol]
    return knock === undefined
      ? []
      : [{ protocol, port, key: `${protocol} ${port.transport}/${port.port}`, door: knock(asker, target, port) }]
  })
  if (open.length > 0 && !open.some(({ protocol }) => protocol === 'snmp')) {
    const port: OpenPort = { transport: 'udp', port: 161, protocol: 'snmp', tls: false }
    found.push({ protocol: 'snmp', port, key: 'snmp udp/161', door: snmp(asker, target, port), guessed: true })
  }
  return found
}
