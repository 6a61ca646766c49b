import { spawn, spawnSync } from 'node:child_process'
import { flowKey } from './flow-key.ts'

/** What nDPI says of a flow. */
export interface NdpiFlow {
  readonly key: string
  /** "TLS.Google": the protocol, and where nDPI names one, whose service it is. */
  readonly name: string
  /** "DPI" when it was read in the bytes; "Match by port", "Match by IP" when it was guessed; "Unknown". */
  readonly confidence: string
}

let help: string | undefined

function helpText(): string {
  help ??= spawnSync('ndpiReader', ['-h'], { encoding: 'utf8' }).stdout ?? ''
  return help
}

export function ndpiAvailable(): boolean {
  return helpText() !== ''
}

/** "nDPI 4.2.0": what one version knows another may not. */
export function ndpiVersion(): string {
  return /nDPI (\d+\.\d+)/.exec(helpText())?.[0] ?? 'nDPI'
}

/** All protocols that this nDPI has a name for. */
export function ndpiNames(): Set<string> {
  return new Set([...helpText().matchAll(/^ *\d+ (\S+) +(?:TCP|UDP|X|TCP\/UDP|-)? /gm)].map((m) => m[1]!))
}

/** "\t1\tUDP [fe80::1]:5353 -> [ff02::fb]:5353 [VLAN: 5][proto: 8/MDNS][ClearText][Confidence: DPI]…" */
const FLOW = /^\s*\d+\t(TCP|UDP) (\S+):(\d+) <?-> (\S+):(\d+) .*?\[proto: [\d.]+\/([^\]]+)\].*?\[Confidence: ([^\]]+)\]/gm

/** TCP and UDP flows of a capture, in nDPI's reading: without the VLAN (as ours), and with no tunnel taken off that it does not take off itself. */
export async function ndpiFlows(path: string): Promise<NdpiFlow[]> {
  // the per-flow table has no confidence when it is written as CSV: so the text
  const child = spawn('ndpiReader', ['-I', '-v', '2', '-i', path], { stdio: ['ignore', 'pipe', 'ignore'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  // names out of packets are printed as they are: bytes, not UTF-8
  const text = Buffer.concat(chunks).toString('latin1')
  return [...text.matchAll(FLOW)].map(([, transport, ip1, port1, ip2, port2, name, confidence]) => ({
    key: flowKey(transport!.toLowerCase(), bare(ip1!), Number(port1), bare(ip2!), Number(port2)),
    name: name!,
    confidence: confidence!,
  }))
}

const bare = (ip: string) => ip.replace(/^\[|\]$/g, '')
