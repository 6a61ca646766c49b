import { describe, expect, it, vi } from 'vitest'
import { Collector } from '../evidence/collector.ts'
import { audit } from './audit.ts'

describe('frames that show something', () => {
  it.each([2 ** 31 - 100, 2 ** 31, 2 ** 32 - 10_000])(
    'are named as they are counted in long captures, too (from %d)',
    async (from) => {
      const captures = ['samples/home.pcapng.gz', 'samples/home.pcapng.gz']
      const plain = JSON.stringify(await audit(captures, { threads: 0 }))
      const wanted: unknown = JSON.parse(plain, (key, value: number[]) => (key === 'frames' ? value.map((n) => n + from) : value))
      // oxlint-disable-next-line typescript/unbound-method -- called of the collector below
      const { packet } = Collector.prototype
      const late = vi.spyOn(Collector.prototype, 'packet').mockImplementation(function (this: Collector, p) {
        p.frame += from
        packet.call(this, p)
        p.frame -= from
      })
      const said: unknown = JSON.parse(JSON.stringify(await audit(captures, { threads: 0 })))
      late.mockRestore()
      expect(said).toEqual(wanted)
    },
  )
})
