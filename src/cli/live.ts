import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { LiveInput } from '../capture/live.ts'
import { EXIT, Failure } from './failure.ts'

export interface LiveCommandOptions {
  interface?: string
  for?: string
  filter?: string
  write?: string
}

/** The interface to audit; undefined where captures are. */
export async function liveInput(options: LiveCommandOptions, captures: readonly string[]): Promise<LiveInput | undefined> {
  const { interface: name, for: time, filter, write } = options
  if (name === undefined) {
    for (const option of ['for', 'filter', 'write'] as const)
      if (options[option] !== undefined)
        throw new Failure(EXIT.usage, `--${option} is for live captures`, `Name the interface, too: --interface eth0`)
    return undefined
  }
  if (captures.length > 0)
    throw new Failure(
      EXIT.usage,
      `--interface ${name} and ${captures[0]}: either a live capture or captures that are there`,
      'To audit both as one network, keep the live one first: --write live.pcapng',
    )
  const input: LiveInput = { interface: name }
  if (time !== undefined) input.seconds = seconds(time)
  if (filter !== undefined) input.filter = filter
  if (write !== undefined) {
    if (!/\.pcap(?:ng)?$/i.test(write))
      throw new Failure(EXIT.usage, `--write ${write}: the name of a capture ends in .pcapng`, 'For example: --write live.pcapng')
    if (await stat(write).catch(() => undefined))
      throw new Failure(
        EXIT.usage,
        `--write ${write}: it exists, and captures are not written over`,
        `Name another file, or move it away: mv ${write} ${resolve(write)}.before`,
      )
    input.write = write
  }
  return input
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }
/** Timers take no more; a network that is watched for longer wants a program that keeps what it saw. */
const LONGEST = 24 * 14 * 3600

/** '60s', '5m', '1.5h'. */
export function seconds(text: string): number {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)([smh])$/.exec(text)
  const value = found ? Number(found[1]) * UNITS[found[2]!]! : 0
  if (value > 0 && value <= LONGEST) return value
  throw new Failure(
    EXIT.usage,
    `--for ${text}: ${value > LONGEST ? 'two weeks are the longest' : 'how long?'}`,
    'A number with s, m or h: --for 60s, --for 5m, --for 1h',
  )
}

const ENDS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/**
 * Ctrl-C, being asked to end (timeout, systemd), or a terminal that goes away ends the capture, and what was captured is audited; a
 * second one ends that, too. Calls it off with what it returns.
 */
export function endBySignal(controller: AbortController): () => void {
  const end = (signal: NodeJS.Signals) => {
    // an exit, and no death by the signal: the program that captures is to end with us
    if (controller.signal.aborted) process.exit(128 + ENDS[signal as keyof typeof ENDS])
    controller.abort()
  }
  const signals = Object.keys(ENDS) as (keyof typeof ENDS)[]
  for (const signal of signals) process.on(signal, end)
  return () => {
    for (const signal of signals) process.off(signal, end)
  }
}
