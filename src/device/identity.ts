import type { FrameRef } from '../capture/frame-ref.ts'

/** Something a device showed of what it is: kind as in observers' `signal` calls ('dhcp.hostname', 'upnp.model'…), or 'mac'. */
export interface Signal {
  kind: string
  value: string
  count: number
  frames: FrameRef[]
}

/** One signal and how much it weighs. */
export interface WeighedSignal {
  kind: string
  value: string
  /** Share of the confidence, 0..1, of what this signal says. */
  weight: number
  /** What it speaks for: "vendor: Philips". */
  says: string
  frames: FrameRef[]
}

export interface Identity {
  vendor?: string
  model?: string
  category?: string
  /** Best name to call it by. */
  name?: string
  confidence: number
  signals: WeighedSignal[]
}

/** What a device is, by weighing the signals it gave. */
export function identify(signals: readonly Signal[]): Identity {
  return { confidence: 0, signals: signals.map((s) => ({ kind: s.kind, value: s.value, weight: 0, says: '', frames: s.frames })) }
}
