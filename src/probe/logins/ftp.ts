import { printable } from '../../decode/text.ts'
import { mask } from '../../evidence/kinds.ts'
import type { Heard } from '../inbox.ts'
import { type Attempt, attempted, type Door, type Knock, LOCKED, type Look, type Pair } from './door.ts'
import { Talk } from './talk.ts'

/** FTP (RFC 959): a name, a password, and QUIT. Nothing is listed or fetched. In TLS where it wants that first (RFC 4217). */
export const ftp: Knock = (asker, { ip }, { port, tls }): Door => {
  /** It takes nobody without. */
  let inTls = false

  /** To where it may be told a name; `greeting` says what came instead. */
  const call = async (why: string): Promise<{ talk: Talk; greeting: Reply; ready: boolean }> => {
    const talk = await Talk.open(asker, { ip, port, tls, why })
    const greeting = reply(await talk.read({ enough: whole, silenceMs: 5000 }))
    if (!talk.open || greeting.code !== 220 || !inTls) return { talk, greeting, ready: talk.open && greeting.code === 220 }
    const answer = await say(talk, 'AUTH TLS\r\n')
    return answer.code === 234 ? { talk, greeting, ready: await talk.secure() } : { talk, greeting: answer, ready: false }
  }

  return {
    async look(): Promise<Look> {
      const { talk, greeting, ready } = await call('asks whether anybody may log in by FTP (anonymous)')
      try {
        const shown = [talk.ref]
        const unknown = (trouble: string): Look => ({ scheme: 'unknown', says: greeting.text, trouble, shown })
        if (!ready) return unknown(greeting.code === 0 ? talk.trouble : `it did not greet as FTP does: ${told(greeting)}`)
        let last = await say(talk, 'USER anonymous\r\n')
        if (last.code === 331) last = await say(talk, 'PASS assay@\r\n')
        talk.write('QUIT\r\n')
        if (last.code === 230)
          return { scheme: 'none', says: greeting.text, open: { gives: 'read', what: 'files, as anonymous' }, shown }
        if (wantsTls(last) && !inTls && !tls) {
          inTls = true
          talk.close()
          return await this.look()
        }
        if (last.code >= 500 && last.code < 600) return { scheme: 'password', says: greeting.text, shown }
        return unknown(`it answered ${told(last)}`)
      } finally {
        talk.close()
      }
    },

    async attempt({ user, password }: Pair, why: string): Promise<Attempt> {
      const { talk, greeting, ready } = await call(`${why} may log in by FTP`)
      const began = performance.now()
      const end = attempted(talk, () => began)
      try {
        if (greeting.code === 421) return end('locked', told(greeting))
        if (!ready) return end('gone', greeting.code === 0 ? talk.trouble : `it answered ${told(greeting)}`)
        let last = await say(talk, `USER ${user}\r\n`, `USER ${mask(user)}\\r\\n`)
        if (last.code === 331) last = await say(talk, `PASS ${password}\r\n`, `PASS ${mask(password)}\\r\\n`)
        if (last.code === 230) {
          talk.write('QUIT\r\n')
          return end('accepted')
        }
        if (last.code === 421 || LOCKED.test(last.text)) return end('locked', told(last))
        if (wantsTls(last) && !inTls && !tls) {
          inTls = true
          talk.close()
          return await this.attempt({ user, password }, why)
        }
        if (wantsTls(last)) return end('unclear', `it answered ${told(last)}`)
        if (last.code === 530) return end('refused')
        if (last.code === 0) return end('gone', 'it hung up or said nothing')
        return end('unclear', `it answered ${told(last)}`)
      } finally {
        talk.close()
      }
    },
  }
}

async function say(talk: Talk, line: string, shown?: string): Promise<Reply> {
  talk.write(line, shown)
  return reply(await talk.read({ enough: whole, silenceMs: 8000 }))
}

const wantsTls = ({ code, text }: Reply) => code >= 500 && code < 600 && /\b(?:TLS|SSL|encrypt)/i.test(text)

interface Reply {
  /** 0 where none came. */
  code: number
  text: string
}

/** A reply has come in full: its last line begins with three digits and a space. */
function whole(bytes: Buffer): boolean {
  return /(?:^|\n)\d{3} [^\n]*\n$/.test(bytes.subarray(-1024).toString('latin1'))
}

function reply({ bytes }: Heard): Reply {
  const text = printable(bytes.toString('latin1').replaceAll(/[\r\n]+/g, ' '), 200).trim()
  const code = /^(\d{3})[ -]/.exec(text)
  return { code: code ? Number(code[1]) : 0, text }
}

const told = ({ code, text }: Reply) =>
  text === '' ? 'nothing' : code === 0 ? `"${text.slice(0, 80)}"` : text.slice(0, 80).replace(/\.$/, '')
