import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capturers, find, interfaceNames, refusal } from './capturer.ts'

const [dumpcap, tcpdump] = capturers as [(typeof capturers)[0], (typeof capturers)[0]]

/** What dumpcap 4.0.17 and tcpdump 4.99.3 said, with other numbers. */
const DUMPCAP = `Capturing on 'eth0'
File: -
Packets captured: 9500
Packets received/dropped on interface 'eth0': 9500/31 (pcap:20/dumpcap:7/flushed:4/ps_ifdrop:3) (99.7%)
`
const TCPDUMP = `tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
9500 packets captured
9531 packets received by filter
31 packets dropped by kernel
`

describe('the programs that capture', () => {
  it('say what they lost', () => {
    expect(dumpcap.drops(DUMPCAP)).toEqual({ total: 34, interface: 3, system: 20, program: 11 })
    expect(tcpdump.drops(TCPDUMP)).toEqual({ total: 31, interface: 0, system: 31 })
    expect(tcpdump.drops(`${TCPDUMP}2 packets dropped by interface\n`)).toEqual({ total: 33, interface: 2, system: 31 })
    expect(tcpdump.drops('1 packet dropped by kernel\n')).toEqual({ total: 1, interface: 0, system: 1 })
  })

  it('or did not come to say it, which is not none', () => {
    expect(dumpcap.drops("Capturing on 'eth0'\nFile: -\n")).toBeUndefined()
    expect(tcpdump.drops('tcpdump: listening on eth0\n')).toBeUndefined()
  })

  it('say that they have begun, and not before', () => {
    expect(dumpcap.begun.test(DUMPCAP)).toBe(true)
    expect(dumpcap.begun.test("Capturing on 'eth0'\n")).toBe(false)
    expect(tcpdump.begun.test(TCPDUMP)).toBe(true)
  })

  it.each([
    ['dumpcap: There is no device named "nosuch".\n(No such device exists)', 'no-interface'],
    ['tcpdump: nosuch: No such device exists\n(SIOCGIFHWADDR: No such device)', 'no-interface'],
    ['dumpcap: You do not have permission to capture on device "lo".\n(socket: Operation not permitted)', 'permission'],
    ["tcpdump: lo: You don't have permission to perform this capture on that device", 'permission'],
    ['spawn /usr/bin/dumpcap EACCES', 'permission'],
    ['dumpcap: Invalid capture filter "prot tcp(" for interface \'lo\'.', 'filter'],
    ["tcpdump: can't parse filter expression: syntax error", 'filter'],
    ['tcpdump: That device is not up', 'other'],
    ['', 'other'],
  ])('refuse: %j is %s', (said, why) => {
    expect(refusal(said)).toBe(why)
  })

  it('list interfaces, among other things', () => {
    expect(interfaceNames('1. eth0\n2. any\n3. lo (Loopback)\n6. bluetooth-monitor\n7. nflog\n9. dbus-system\n')).toEqual([
      'eth0',
      'any',
      'lo',
    ])
    expect(interfaceNames('1.eth0 [Up, Running, Connected]\n2.any (Pseudo-device) [Up, Running]\n4.usbmon1\n')).toEqual([
      'eth0',
      'any',
    ])
  })

  it('get what they are asked for, and nothing else', () => {
    expect(dumpcap.args({ interface: 'eth0', filter: 'port 53' }, 8)).toEqual(
      ['-q', '-i', 'eth0', '-B', '8', '-f', 'port 53', '-w', '-'], // MiB
    )
    expect(tcpdump.args({ interface: 'eth0', filter: '-w /etc/passwd' }, 8).slice(-3)).toEqual(['-', '--', '-w /etc/passwd'])
    expect(tcpdump.args({ interface: 'eth0' }, 8)).toContain('8192') // KiB
  })
})

describe('where a program is', () => {
  it('is the first folder of PATH in which it may be run', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-find-'))
    try {
      const program = join(folder, 'assay-captures')
      writeFileSync(program, '', { mode: 0o644 })
      expect(find('assay-captures', folder)).toEqual({ path: program, runs: false })
      chmodSync(program, 0o755)
      expect(find('assay-captures', ['', join(folder, 'none'), folder].join(delimiter))).toEqual({ path: program, runs: true })
      expect(find('assay-captures', '')).toBeUndefined()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
