import { printable } from '../../decode/text.ts'
import { mask } from '../../evidence/kinds.ts'
import type { Heard } from '../asker.ts'
import { type Attempt, type Door, type Knock, LOCKED, type Look, type Pair } from './door.ts'
import { Talk } from './talk.ts'

/** FTP (RFC 959): a name, a password, and QUIT. Nothing is listed or fetched. */
export const ftp: Knock = (asker, { ip }, { port, tls }): Door => ({
  async look(): Promise<Look> {
    const talk = await Talk.open(asker, { ip, port, tls, why: 'asks whether anybody may log in by FTP (anonymous)' })
    try {
      if (!talk.open) return { scheme: 'unknown', says: '', trouble: talk.trouble, shown: [talk.ref] }
      const greeting = reply(await talk.read({ enough: whole, silenceMs: 5000 }))
      if (greeting.code !== 220)
        return {
          scheme: 'unknown',
          says: greeting.text,
          trouble: `it did not greet as FTP does: ${told(greeting)}`,
          shown: [talk.ref],
        }
      talk.write('USER anonymous\r\n')
      let last = reply(await talk.read({ enough: whole, silenceMs: 8000 }))
      if (last.code === 331) {
        talk.write('PASS assay@\r\n')
        last = reply(await talk.read({ enough: whole, silenceMs: 8000 }))
      }
      talk.write('QUIT\r\n')
      const shown = [talk.ref]
      if (last.code === 230)
        return { scheme: 'none', says: greeting.text, open: { gives: 'read', what: 'files, as anonymous' }, shown }
      if (last.code >= 500 && last.code < 600) return { scheme: 'password', says: greeting.text, shown }
      return { scheme: 'unknown', says: greeting.text, trouble: `it answered ${told(last)}`, shown }
    } finally {
      talk.close()
    }
  },

  async attempt({ user, password }: Pair, why: string): Promise<Attempt> {
    const talk = await Talk.open(asker, { ip, port, tls, why: `${why} may log in by FTP` })
    let began = performance.now()
    const end = (outcome: Attempt['outcome'], reason?: string): Attempt => ({
      outcome,
      ms: performance.now() - began,
      shown: [talk.ref],
      ...(reason === undefined ? {} : { reason }),
    })
    try {
      if (!talk.open) return end('gone', talk.trouble)
      let last = reply(await talk.read({ enough: whole, silenceMs: 5000 }))
      if (last.code === 421) return end('locked', told(last))
      if (last.code !== 220) return end('gone', `it answered ${told(last)}`)
      began = performance.now()
      talk.write(`USER ${user}\r\n`, `USER ${mask(user)}\\r\\n`)
      last = reply(await talk.read({ enough: whole, silenceMs: 8000 }))
      if (last.code === 331) {
        talk.write(`PASS ${password}\r\n`, `PASS ${mask(password)}\\r\\n`)
        last = reply(await talk.read({ enough: whole, silenceMs: 8000 }))
      }
      if (last.code === 230) {
        talk.write('QUIT\r\n')
        return end('accepted')
      }
      if (last.code === 421 || LOCKED.test(last.text)) return end('locked', told(last))
      // RFC 4217: it wants TLS first
      if (last.code >= 500 && /\b(?:TLS|SSL|encrypt)/i.test(last.text)) return end('unclear', `it answered ${told(last)}`)
      if (last.code === 530) return end('refused')
      if (last.code === 0) return end('gone', 'it hung up or said nothing')
      return end('unclear', `it answered ${told(last)}`)
    } finally {
      talk.close()
    }
  },
})

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

const told = ({ code, text }: Reply) => (text === '' ? 'nothing' : code === 0 ? `"${text.slice(0, 80)}"` : text.slice(0, 80))
