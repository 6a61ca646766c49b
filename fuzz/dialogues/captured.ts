import { streamDecoders } from '../../src/decode/protocols/index.ts'
import type { StreamPrefix } from '../../src/decode/stream.ts'
import { conversations } from '../../src/testing/conversations.ts'
import { corpus } from '../../src/testing/corpus.ts'
import type { Said } from '../conversations.ts'

/** Public captures in which a protocol is spoken over TCP, few and small. */
const CAPTURES: Readonly<Record<string, readonly string[]>> = {
  dns: ['tcpdump/dns_tcp.pcap', 'zeek/dns-edns-cookie.pcap', 'wireshark/dns-ooo.pcap'],
  http: ['iot-sentinel/Aria/Setup-A-1-STA.pcap'],
  modbus: ['zeek/modbus/modbus-eit.pcap', 'zeek/modbus/modbusSmall.pcap'],
  mqtt: ['ndpi/pcap/mqtt.pcap', 'zeek/mqtt.pcap'],
  rtsp: ['ndpi/pcap/rtsp.pcap'],
  smtp: ['wireshark/communityid.pcap.gz'],
  ssh: ['ja4/pcap/ssh2-malformed.pcap', 'ja4/pcap/ssh2-moloch-crash.pcap', 'tcpdump/ssh.pcap'],
  telnet: ['ndpi/pcap/telnet.pcap'],
}
const MOST = 40
/** Bytes of each direction. */
const LIMIT = 4096

/** Conversations of a protocol in these captures, or in those named above, as their segments were sent. */
export async function capturedOf(protocol: string, paths?: readonly string[]): Promise<Said[][]> {
  const found: Said[][] = []
  for (const path of paths ?? (CAPTURES[protocol] ?? []).flatMap((name) => corpus(name) ?? [])) {
    for (const c of await conversations(path, LIMIT).catch(() => [])) {
      if (found.length >= MOST || streamDecoders.find((decoder) => decoder.recognise(c))?.protocol !== protocol) continue
      const pieces = [...pieced(c.client, 'client'), ...pieced(c.server, 'server')].sort((a, b) => a.frame - b.frame)
      found.push(pieces.map(({ said }) => said))
    }
  }
  return found
}

/** A direction by the frames that carried it. */
function pieced(stream: StreamPrefix, side: 'client' | 'server'): { frame: number; said: Said }[] {
  const pieces: { frame: number; said: Said }[] = []
  for (let from = 0; from < stream.length;) {
    const frame = stream.frameAt(from)
    let to = from + 1
    while (to < stream.length && stream.frameAt(to) === frame) to++
    pieces.push({ frame, said: [side, stream.bytes.slice(from, to)] })
    from = to
  }
  return pieces
}
