import { printable } from '../../decode/text.ts'
import { mask } from '../../evidence/kinds.ts'
import { type Attempt, attempted, type Door, type Knock, LOCKED, type Look, type Pair, REFUSED } from './door.ts'
import { Talk } from './talk.ts'

/** A log-in waits for its failure delay (PAM: about 3 s) before it answers. */
const PATIENCE = 5000
const NAME = /(?:login|user ?name|user|account)\s*:?\s*$/i
const SECRET = /(?:password|passcode|passwd|pin)\s*(?:for [^\n]{0,60})?:?\s*$/i
/** busybox, inetutils with any shell, and the command lines of makers: 'BusyBox…\n# ', 'router>', '[admin@MikroTik] > '. */
const PROMPT = /(?:^|\n)[^\n]{0,80}[#$>%]\s*$/

/** Telnet (RFC 854): its options are refused, but for the echo and the go-ahead that prompts need (RFC 857, 858). */
export const telnet: Knock = (asker, { ip }, { port, tls }): Door => {
  let nameless = false

  const call = (why: string) => Talk.open(asker, { ip, port, tls, why })

  return {
    async look(): Promise<Look> {
      const talk = await call('looks whether it asks for a log-in by Telnet')
      try {
        if (!talk.open) return { scheme: 'unknown', says: '', trouble: talk.trouble, shown: [talk.ref] }
        const line = new Line(talk)
        const said = await line.until((text) => NAME.test(text) || SECRET.test(text) || PROMPT.test(text))
        const says = printable(said.slice(-400))
        if (SECRET.test(said)) {
          nameless = true
          return { scheme: 'password', nameless, says, shown: [talk.ref] }
        }
        if (NAME.test(said)) return { scheme: 'prompt', says, shown: [talk.ref] }
        if (PROMPT.test(said)) {
          // a way out that does nothing
          talk.write('exit\r\n')
          return { scheme: 'none', says, open: { gives: 'shell', what: 'a command line' }, shown: [talk.ref] }
        }
        return { scheme: 'unknown', says, trouble: said === '' ? 'it said nothing' : 'it showed no prompt', shown: [talk.ref] }
      } finally {
        talk.close()
      }
    },

    async attempt({ user, password }: Pair, why: string): Promise<Attempt> {
      const talk = await call(`${why} may log in by Telnet`)
      let began = performance.now()
      const end = attempted(talk, () => began)
      try {
        if (!talk.open) return end('gone', talk.trouble)
        const line = new Line(talk)
        const asked = nameless ? SECRET : NAME
        let said = await line.until((text) => asked.test(text) || LOCKED.test(text))
        if (!asked.test(said)) {
          if (LOCKED.test(said)) return end('locked', printable(said.slice(-120)))
          return talk.open ? end('unclear', 'it showed no prompt') : end('gone', 'it hung up before it asked for a name')
        }
        if (!nameless) {
          talk.write(`${user}\r\n`, `${mask(user)}\\r\\n`)
          // its echo of the name is no prompt
          said = await line.until((text) => SECRET.test(text) || ended(text, user))
          if (!SECRET.test(said)) {
            if (LOCKED.test(said)) return end('locked', printable(said.slice(-120)))
            if (said.length > user.length && PROMPT.test(said) && !NAME.test(said))
              return end('accepted', 'no password was asked for')
            if (REFUSED.test(said) || NAME.test(said)) return end('refused')
            return end('gone', talk.open ? 'it asked for no password' : 'it hung up before it asked for a password')
          }
        }
        began = performance.now()
        talk.write(`${password}\r\n`, `${mask(password)}\\r\\n`)
        said = await line.until((text) => NAME.test(text) || SECRET.test(text) || PROMPT.test(text) || LOCKED.test(text))
        if (LOCKED.test(said)) return end('locked', printable(said.slice(-120)))
        if (NAME.test(said) || SECRET.test(said) || REFUSED.test(said)) return end('refused')
        if (PROMPT.test(said)) {
          talk.write('exit\r\n')
          return end('accepted')
        }
        if (!talk.open) return end('gone', 'it hung up without a word')
        return end('unclear', 'it neither refused nor showed a prompt')
      } finally {
        talk.close()
      }
    },
  }
}

function ended(text: string, user: string): boolean {
  const after = text.startsWith(user) ? text.slice(user.length) : text
  return REFUSED.test(after) || LOCKED.test(after) || NAME.test(after) || PROMPT.test(after)
}

/** The text of a Telnet connection, without its commands; answers those. */
class Line {
  private readonly talk: Talk
  /** Bytes of a command that has not come in full. */
  private rest: Buffer = Buffer.alloc(0)
  private readonly settled = new Set<number>()
  private answers: number[] = []

  constructor(talk: Talk) {
    this.talk = talk
  }

  /** What is said from here on, until it is what was waited for, or no more comes. */
  async until(enough: (text: string) => boolean): Promise<string> {
    let text = ''
    for (let rounds = 0; rounds < 200; rounds++) {
      const { bytes, ended } = await this.talk.read({ enough: () => true, silenceMs: PATIENCE })
      text = (text + this.plain(bytes)).slice(-4096)
      if (ended !== 'enough') break
      if (!enough(text)) continue
      // 'login:' may be the beginning of more
      const more = await this.talk.read({ silenceMs: 150, max: 4096 })
      text += this.plain(more.bytes)
      if (more.bytes.length === 0 || enough(text)) break
    }
    return text
  }

  private plain(chunk: Buffer): string {
    const bytes = Buffer.concat([this.rest, chunk])
    let out = ''
    let i = 0
    for (; i < bytes.length; i++) {
      const b = bytes[i]!
      if (b !== IAC) {
        if (b !== 0 && b !== 0x0d) out += String.fromCharCode(b)
        continue
      }
      const command = bytes[i + 1]
      if (command === undefined) break
      if (command === IAC) i++
      else if (command >= WILL) {
        const option = bytes[i + 2]
        if (option === undefined) break
        this.settle(command, option)
        i += 2
      } else if (command === SB) {
        const end = bytes.indexOf(Buffer.of(IAC, SE), i + 2)
        if (end < 0) {
          // what has no end is given up
          if (bytes.length - i > 1024) i = bytes.length
          break
        }
        i = end + 1
      } else i++
    }
    this.rest = bytes.subarray(Math.min(i, bytes.length))
    if (this.answers.length > 0) this.talk.write(Buffer.from(this.answers.splice(0)))
    return out
  }

  /** Each option once, so that two sides that insist do not go on for ever (RFC 854). */
  private settle(command: number, option: number): void {
    const key = command * 256 + option
    if (this.settled.has(key)) return
    this.settled.add(key)
    const wanted = option === ECHO || option === GO_AHEAD
    if (command === WILL) this.answers.push(IAC, wanted ? DO : DONT, option)
    else if (command === DO) this.answers.push(IAC, WONT, option)
  }
}

const [SE, SB, WILL, WONT, DO, DONT, IAC] = [240, 250, 251, 252, 253, 254, 255]
const [ECHO, GO_AHEAD] = [1, 3]
