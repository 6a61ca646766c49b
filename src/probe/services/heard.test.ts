import { describe, expect, it } from 'vitest'
import { seeded } from '../../testing/seeded.ts'
import { datagramQuestions } from '../datagrams/questions.ts'
import { hearDatagram, hearStream } from './heard.ts'
import { productOf } from './product.ts'
import { questions } from './questions.ts'

const GREETINGS = [
  'SSH-2.0-x_1\r\n',
  '220 (vsFTPd 3.0.3)\r\n',
  'HTTP/1.1 200 OK\r\nServer: a/1\r\n\r\n',
  'RTSP/1.0 200 OK\r\nServer: b/2\r\n\r\n',
  '* OK IMAP\r\n',
].map((text) => Buffer.from(text, 'latin1'))

describe('what is heard', () => {
  it('is an answer, and never our own question', () => {
    for (const { protocol, says, ports } of questions) {
      const bytes = says('127.0.0.1', ports[0] ?? 80)
      expect(hearStream(bytes, ports[0] ?? 80, { protocol, bytes })?.protocol, protocol).toBe('echo')
      expect(hearStream(Buffer.alloc(0), ports[0] ?? 80, { protocol, bytes })).toBeUndefined()
    }
    for (const { says, port, protocol, answers } of datagramQuestions) {
      const heard = hearDatagram(says('127.0.0.1'), port)
      // what comes back word for word is decoded, and is no answer
      expect(heard?.protocol === protocol && heard.messages.some((m) => answers(m)), protocol).toBe(false)
    }
  })

  it('is Telnet by its options or its prompt, and not by its port alone', () => {
    expect(hearStream(Buffer.from('fffd18', 'hex'), 2000)?.protocol).toBe('telnet')
    expect(hearStream(Buffer.from('Welcome\r\ncam login: '), 23)?.protocol).toBe('telnet')
    expect(hearStream(Buffer.from('220 hi\r\n'), 23)?.protocol).not.toBe('telnet')
    expect(hearStream(Buffer.from('xxxxxxxxxx'), 23)).toBeUndefined()
  })

  it('is bounded and clean whatever was said', () => {
    const random = seeded(27)
    for (let n = 0; n < 3000; n++) {
      const from = n % 3 === 0 ? GREETINGS[n % GREETINGS.length]! : Buffer.alloc(random(200))
      const said = Buffer.from(from)
      for (let k = 0; k < said.length; k++) if (n % 3 !== 0 || random(10) === 0) said[k] = random(256)
      const question = questions[n % questions.length]!
      const port = question.ports[0] ?? 80
      const heard = hearStream(said, port, { protocol: question.protocol, bytes: question.says('127.0.0.1', port) })
      hearDatagram(said, datagramQuestions[n % datagramQuestions.length]!.port)
      const product = JSON.stringify(productOf(heard?.protocol ?? '', heard?.messages ?? [], said.toString('latin1')))
      expect(product.length).toBeLessThan(1000)
      // oxlint-disable-next-line no-control-regex
      expect(product).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E]/)
    }
  })
})
