import { describe, expect, it } from 'vitest'
import { ProgressLine, progressText } from './progress.ts'

const at = (bytes: number, packets: number, path = 'home.pcapng') => ({ path, bytes, total: 1_000_000_000, packets })

function screen(isTTY: boolean, columns = 80) {
  const written: string[] = []
  let now = 0
  const line = new ProgressLine({ isTTY, columns, write: (t: string) => written.push(t) }, () => now)
  return { written, line, wait: (ms: number) => (now += ms) }
}

describe('progress', () => {
  it('says bytes, share, pace and what is left', () => {
    expect(progressText(at(250_000_000, 500_000), 2)).toBe('home.pcapng  250 MB of 1.0 GB (25 %)  250,000 packets/s  6 s left')
    expect(progressText({ path: '-', bytes: 4_000_000, packets: 9_000 }, 3)).toBe(
      'standard input  4.0 MB, 9,000 packets  3,000 packets/s',
    )
    expect(progressText(at(1_000_000, 10), 1)).toMatch(/17 min left$/)
    expect(progressText(at(0, 0), 0)).toBe('home.pcapng  0 B of 1.0 GB (0 %)')
    const live = { path: 'eth0', bytes: 4_000_000, packets: 9_000 }
    expect(progressText({ ...live, left: 41.2, waiting: 0 }, 3)).toBe('eth0  4.0 MB, 9,000 packets  3,000 packets/s  42 s left')
    expect(progressText({ ...live, waiting: 12_000_000 }, 3)).toBe(
      'eth0  4.0 MB, 9,000 packets  3,000 packets/s  Ctrl-C ends it  12 MB wait',
    )
    expect(progressText({ ...live, left: 0, waiting: 0 }, 3)).toMatch(/packets\/s {2}ending$/)
    expect(progressText({ path: '\u001b[2Jx', bytes: 5, packets: 1 }, 0)).not.toContain('\u001b')
  })

  it('says what is being asked, and of how much', () => {
    const { written, line, wait } = screen(true, 60)
    line.asking(0, 40, 'Ports: 192.168.1.7')
    expect(written).toEqual([])
    wait(1200)
    line.asking(10, 40, 'Log-ins: \u001b[2J192.168.1.7')
    expect(written.at(-1)).toContain('asking  25 %  Log-ins: \uFFFD[2J192.168.1.7  Ctrl-C ends it')
    wait(100)
    line.asking(11, 40, 'too soon')
    expect(written).toHaveLength(1)
    line.done()
    expect(written.at(-1)).toBe('\r\u001b[2K')
    const silent = screen(false)
    silent.wait(5000)
    silent.line.asking(1, 2, 'x')
    expect(silent.written).toEqual([])
  })

  it('is silent for a second, then redraws one line at most five times a second, and takes it away', () => {
    const { written, line, wait } = screen(true, 40)
    line.update(at(1, 1))
    wait(900)
    line.update(at(100, 2))
    expect(written).toEqual([])
    wait(200)
    line.update(at(300_000_000, 4))
    line.update(at(300_000_001, 5))
    expect(written).toHaveLength(1)
    // oxlint-disable-next-line no-control-regex
    expect(written[0]).toMatch(/^\r\u001B\[2Khome\.pcapng {2}300 MB/)
    expect(written[0]!.slice(5).length).toBeLessThan(40)
    line.done()
    line.done()
    expect(written.slice(1)).toEqual(['\r\u001B[2K'])
  })

  it('shows something on a terminal that does not know its width', () => {
    const { written, line, wait } = screen(true, 0)
    line.update(at(1, 1))
    wait(2000)
    line.update(at(3e8, 4))
    expect(written.join('')).toContain('home.pcapng  300 MB of 1.0 GB')
  })

  it('counts the pace of each capture by itself', () => {
    const { written, line, wait } = screen(true)
    line.update(at(1, 1, 'a'))
    wait(2000)
    line.update(at(1e9, 1000, 'a'))
    line.update(at(0, 1000, 'b'))
    wait(1000)
    line.update(at(5e8, 1500, 'b'))
    expect(written.at(-1)).toContain('500 packets/s')
  })

  it('says nothing where nobody looks', () => {
    const { written, line, wait } = screen(false)
    wait(5000)
    line.update(at(5e8, 9))
    line.done()
    expect(written).toEqual([])
  })
})
