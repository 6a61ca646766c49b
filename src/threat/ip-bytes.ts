import type { Packet } from '../decode/packet.ts'

/** Length of the IP packet on the wire, without link framing and padding; as captured where its header tells none that can be. */
export function ipBytes({ buf, network, start, wireLength, ipVersion }: Packet): number {
  const carried = wireLength - (network - start)
  const told =
    ipVersion === 4 ? (buf[network + 2]! << 8) | buf[network + 3]! : 40 + ((buf[network + 4]! << 8) | buf[network + 5]!)
  return told < carried && told > (ipVersion === 4 ? 19 : 40) ? told : carried
}
