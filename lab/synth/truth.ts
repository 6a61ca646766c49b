/** What a synthetic capture holds, known because it was made so; never what Assay said of it. Frame numbers are Wireshark's. */
export interface SynthTruth {
  schema: 'assay-synth-truth-1'
  /** File name. */
  capture: string
  synthetic: true
  vector: string
  title: string
  /** Nothing in it is an attack: all that is told of it is a false alarm. */
  benign: boolean
  seed: string
  parameters: Record<string, string | number | boolean>
  frames: number
  /** Of the capture, RFC 3339. */
  first: string
  last: string
  gateway: string
  stages: StageTruth[]
}

export interface StageTruth {
  /** MAC of the device that it is told of. */
  device: string
  ip: string
  stage: string
  /** The device does it, or it is done to it. */
  role: 'source' | 'target'
  /** udp, syn, dns…: what is expected in `what` where the stage has vectors. */
  vector?: string
  /** Stages that are as right: whether a random name calls for orders or carries data away is a matter of taste. */
  also: string[]
  firstFrame: number
  /** RFC 3339, of the first malicious packet. */
  first: string
  last: string
  packets: number
}
