import { mix } from '../../decode/mix.ts'
import type { AddressKey } from '../../device/addresses.ts'
import { PROTO_TCP, PROTO_UDP } from '../../decode/packet.ts'
import { RECRUITING, TCP_PORTS, UDP_PORTS } from '../ports.ts'
import { ones } from '../sketches.ts'
import * as tunable from './tunables.ts'

/** 256 bits for the addresses (of each device its own), and 256 for the devices. */
const WORDS = 16

/** What all devices of the network together try in vain at the ports that bots call: each alone may stay below what is enough. */
export class Together {
  /** By protocol and port: as many as there are such ports. */
  private readonly bits = new Map<number, Int32Array>()

  constructor() {
    for (const [protocol, ports] of [
      [PROTO_TCP, TCP_PORTS],
      [PROTO_UDP, UDP_PORTS],
    ] as const)
      ports.forEach((kind, port) => {
        if (kind === RECRUITING) this.bits.set((protocol << 16) | port, new Int32Array(WORDS))
      })
  }

  /** One more address that does not answer; is it enough? */
  add(word: number, handle: number, address: AddressKey): boolean {
    const bits = this.bits.get(word)!
    set(bits, 0, mix(mix(1, handle), address | 0))
    set(bits, 8, mix(2, handle))
    return this.isEnough(word)
  }

  isEnough(word: number): boolean {
    const { addresses, devices } = this.figures(word)
    return devices >= tunable.DEVICES.value && addresses >= tunable.TOGETHER.value
  }

  /** At least so many. */
  figures(word: number): { devices: number; addresses: number } {
    const bits = this.bits.get(word)!
    let addresses = 0
    let devices = 0
    for (let i = 0; i < 8; i++) {
      addresses += ones(bits[i]!)
      devices += ones(bits[8 + i]!)
    }
    return { devices, addresses }
  }
}

function set(bits: Int32Array, from: number, h: number): void {
  bits[from + ((h >>> 5) & 7)]! |= 1 << (h & 31)
}
