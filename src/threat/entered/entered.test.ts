import { describe, expect, it } from 'vitest'
import { audit } from '../../audit/audit.ts'
import { corpus } from '../../testing/corpus.ts'
import { local, Recorder, stranger } from '../../testing/recorder.ts'
import { between, CAMERA, LAPTOP, observing, stepsIn, STRANGER, told } from '../../testing/signs.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { entered } from './entered.ts'

/** A log-in with its answers, then lines with theirs. */
function session(user: string, password: string, lines: readonly (readonly [line: string, answer: string])[]): Turn[] {
  return [
    ['server', 'cam login: '],
    ['client', `${user}\r\n`],
    ['server', `${user}\r\nPassword: `],
    ['client', `${password}\r\n`],
    ['server', '\r\n\r\nBusyBox v1.19.4 built-in shell (ash)\r\n# '],
    ...lines.flatMap(([line, answer]): Turn[] => [
      ['client', `${line}\r\n`],
      ['server', `${line}\r\n${answer}\r\n# `],
    ]),
  ]
}

const APPLET = [['/bin/busybox ECCHI', 'ECCHI: applet not found']] as const

describe('entered', () => {
  it('is certain when busybox answers to a bot, and says so once', async () => {
    const turns = session('root', 'long-and-unknown', [...APPLET, ...APPLET])
    expect(await stepsIn(entered, [between(STRANGER, CAMERA, 23, turns)])).toEqual(['20 entered critical shell'])
  })

  it('sees it of a device that enters others', async () => {
    expect(await stepsIn(entered, [between(CAMERA, STRANGER, 2323, session('root', 'vizxv', APPLET))])).toEqual([
      '20 scanning critical shell',
    ])
  })

  it('knows the four words of Mirai, all in one connection', async () => {
    const words = ['enable', 'system', 'shell', 'sh'].map((word) => [word, ''] as const)
    expect(await stepsIn(entered, [between(STRANGER, CAMERA, 23, session('root', 'unknown!', words))])).toEqual([
      '20 entered high steps',
    ])
    const apart = words.map(([word], i) => between(STRANGER, CAMERA, 23, session('root', 'unknown!', [[word, '']]), 41000 + i))
    expect(await stepsIn(entered, apart)).toEqual([])
  })

  it('is told of a default that the Internet used, and not of the owner who does', async () => {
    expect(await stepsIn(entered, [between(STRANGER, CAMERA, 23, session('root', 'xc3511', []))])).toEqual([
      '20 entered high password',
    ])
    expect(await stepsIn(entered, [between(LAPTOP, CAMERA, 23, session('root', 'xc3511', [['ls', 'bin etc']]))])).toEqual([])
    expect(
      await stepsIn(entered, [
        between(
          LAPTOP,
          CAMERA,
          23,
          session('root', 'own', [
            ['busybox ls', 'bin'],
            ['/bin/busybox', 'BusyBox v1.19.4'],
          ]),
        ),
      ]),
    ).toEqual([])
  })

  it('is told of a log-in after guesses, by whatever protocol', () => {
    const recorder = new Recorder(stranger('203.0.113.9', 40000), local(0, '192.168.1.20', 21))
    const observe = observing(entered)
    const login = (password: string, outcome: string, ip = '203.0.113.9') => {
      recorder.client = stranger(ip, 40000)
      recorder.time += 1e6
      observe({ protocol: 'ftp', type: 'login', frame: 1, fromClient: true, user: 'admin', password, outcome } as never, recorder)
    }
    for (let i = 0; i < 12; i++) login(`guess${i}`, 'refused')
    login('summer', 'accepted', '198.51.100.7')
    expect(told(entered, recorder)).toEqual([])
    login('summer', 'accepted')
    const [one] = told(entered, recorder)
    expect(one).toMatchObject({ host: 0, stage: 'entered', severity: 'high' })
    expect(one!.says).toBe('Let 203.0.113.9 in by FTP, who had tried 13 times.')
    expect(JSON.stringify(one)).not.toContain('summer')
  })

  it.skipIf(corpus('malware/id2t/mirai_botnet.pcap') === undefined)('sees Mirai enter', async () => {
    const { threats = [] } = await audit([corpus('malware/id2t/mirai_botnet.pcap')!], { threads: 0 })
    const steps = threats.flatMap(({ steps }) => steps).filter(({ detector }) => detector === 'entered')
    expect(steps.map(({ stage, what, severity, role }) => `${role} ${stage} ${what} ${severity}`).sort()).toEqual([
      'source scanning shell critical',
      'target entered password high',
      'target entered shell critical',
    ])
  })
})
