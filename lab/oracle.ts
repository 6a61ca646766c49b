import { spawnSync } from 'node:child_process'
import type { DeviceTruth, Truth } from './truth.ts'

/** Frames that match each filter, by one pass of tshark over the capture: a statistics tap for each (so filters hold no commas). */
export function count(capture: string, wanted: string[]): Map<string, number> {
  // The first and the last are there to show which way round tshark prints its tables.
  const filters = ['frame.number <= 2', ...wanted, 'frame.number == 1']
  const taps = filters.flatMap((filter) => ['-z', `io,stat,0,${filter}`])
  const { status, stdout, stderr } = spawnSync('tshark', ['-q', '-n', '-r', capture, ...taps], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) throw new Error(`tshark: ${stderr}`)
  // "|  0.0 <> 37.7 |    405 | 103127 |" in each table; later taps print first.
  const frames = [...stdout.matchAll(/<>[^|]*\|\s*(\d+)\s*\|/g)].map((m) => Number(m[1])).reverse()
  if (frames.length !== filters.length || frames[0] !== 2 || frames.at(-1) !== 1)
    throw new Error(`tshark gave ${frames.length} tables for ${filters.length} filters`)
  return new Map(filters.map((filter, i) => [filter, frames[i]!]))
}

/** Shows that a device sent from an address (RFC 4862: an address is first spoken of when it is tested for duplicates). */
export const from = (device: DeviceTruth, ip: string): string =>
  `eth.src == ${device.mac} && ${ip.includes(':') ? `(ipv6.src == ${ip} || icmpv6.nd.ns.target_address == ${ip})` : `ip.src == ${ip}`}`

/** Every filter of a truth: those that must match and those that must not. */
export function filters(truth: Truth): { shown: string[]; absent: string[] } {
  return {
    shown: truth.devices.flatMap((d) => {
      const rows = [...d.endpoints, ...d.services, ...d.mustFind]
      return [...d.ips.map((ip) => from(d, ip)), ...rows.map((row) => row.shown)]
    }),
    absent: truth.devices.flatMap((d) => d.mustNotFind.flatMap((row) => row.absent ?? [])),
  }
}

/** The filters that do not hold; empty when all of the truth does. */
export function broken(capture: string, truth: Truth): string[] {
  const { shown, absent } = filters(truth)
  const counted = count(capture, [...shown, ...absent])
  return [
    ...shown.filter((filter) => counted.get(filter) === 0).map((filter) => `not shown: ${filter}`),
    ...absent.filter((filter) => counted.get(filter) !== 0).map((filter) => `not absent: ${filter}`),
  ]
}
