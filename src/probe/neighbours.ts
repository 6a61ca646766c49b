import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Who was met on the link, by the system's tables of ARP (RFC 826) and neighbour discovery (RFC 4861). */
export interface Neighbour {
  ip: string
  /** Lower case, with colons. */
  mac: string
}

/** Of Linux; elsewhere, and where the tables cannot be read, nobody. Sends nothing. */
export async function neighbours(): Promise<Neighbour[]> {
  return [...arp(await readFile('/proc/net/arp', 'utf8').catch(() => '')), ...discovered(await ipNeigh())]
}

/** IPv6 neighbours are told by no file: `ip` asks the system for them. */
async function ipNeigh(): Promise<string> {
  try {
    return (await promisify(execFile)('ip', ['-6', 'neigh', 'show'], { timeout: 2000, maxBuffer: 1 << 20 })).stdout
  } catch {
    return ''
  }
}

/** 'IP address  HW type  Flags  HW address  Mask  Device'; flag 2: complete. */
function arp(table: string): Neighbour[] {
  return table.split('\n').flatMap((line) => {
    const [ip, , flags, mac] = line.split(/\s+/)
    return ip !== undefined && isMac(mac) && (Number(flags) & 2) !== 0 ? [{ ip, mac }] : []
  })
}

/** 'fe80::1 dev eth0 lladdr 02:00:00:00:00:01 router REACHABLE' */
function discovered(table: string): Neighbour[] {
  return table.split('\n').flatMap((line) => {
    const [, ip, mac] = /^(\S+) dev \S+ lladdr (\S+)/.exec(line) ?? []
    return ip !== undefined && isMac(mac) && !/FAILED|INCOMPLETE/.test(line) ? [{ ip, mac }] : []
  })
}

function isMac(text: string | undefined): text is string {
  return text !== undefined && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text) && text !== '00:00:00:00:00:00'
}
