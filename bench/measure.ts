import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Measure {
  /** Wall seconds. */
  seconds: number
  /** User and system seconds of all threads. */
  cpu: number
  /** Peak resident memory in MB (10^6 bytes), as the kernel keeps it (VmHWM); NaN where there is no /proc. */
  peak: number
  code: number | null
}

/** Milliseconds between two looks at a running process. What it grows by after the last one is missed. */
const LOOK = 4

/** Run a command to its end, its output thrown away. */
export function measure(command: string, args: readonly string[]): Promise<Measure> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'] })
    let peak = Number.NaN
    let cpu = Number.NaN
    const timer = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
        const high = /^VmHWM:\s+(\d+) kB/m.exec(status)
        if (high) peak = (Number(high[1]) * 1024) / 1e6
        // fields 14 and 15 in hundredths, after the name in parentheses
        const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        cpu = (Number(fields[11]) + Number(fields[12])) / 100
      } catch {
        // it has ended, or there is no /proc
      }
    }, LOOK)
    child.once('error', (error) => {
      clearInterval(timer)
      reject(error)
    })
    child.once('exit', (code) => {
      const seconds = (performance.now() - began) / 1000
      clearInterval(timer)
      resolve({ seconds, cpu, peak, code })
    })
  })
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
