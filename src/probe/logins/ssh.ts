import type { Client } from 'ssh2'
import { printable } from '../../decode/text.ts'
import { type Attempt, type Door, type Knock, LOCKED, type Look, type Pair } from './door.ts'

/** How long a log-in may take: servers wait before they refuse. */
const PATIENCE = 12_000

interface Outcome {
  /** 'in': it let us in; 'no': refused; 'gone': it ended before that. */
  how: 'in' | 'no' | 'gone'
  /** Methods that it would take, as it names them (RFC 4252, section 7). */
  methods: readonly string[]
  says: string
  reason?: string
  ms: number
}

/** SSH (RFC 4252 and 4256): no channel is opened; who is let in leaves at once. */
export const ssh: Knock = (asker, { ip }, { port }): Door => {
  const call = async (user: string, password: string | undefined, why: string) => {
    const conversation = await asker.connect(ip, port, why)
    const shown = [conversation.ref]
    try {
      if (!conversation.open) {
        const { reason, ended } = conversation.entry
        const gone: Outcome = { how: 'gone', methods: [], says: '', reason: reason ?? `the connection was ${ended}`, ms: 0 }
        return { ...gone, shown }
      }
      // its code is large, and most runs need none of it
      const { Client: SshClient } = (await import('ssh2')).default
      const outcome = await logIn(new SshClient(), conversation.stream, user, password)
      // its identification (RFC 4253, section 4.2) is the first that it says
      const software =
        /SSH-[\d.]+-([^\\]{1,200})/.exec(conversation.entry.said.find(({ by }) => by === 'them')?.text ?? '')?.[1] ?? ''
      return { ...outcome, says: `${software} ${outcome.says}`.trim(), shown }
    } finally {
      conversation.close()
    }
  }

  return {
    async look(): Promise<Look> {
      const { how, methods, says, reason, shown } = await call('assay', undefined, 'asks by which methods one may log in by SSH')
      if (how === 'in') return { scheme: 'none', says, open: { gives: 'shell', what: 'a command line (SSH)' }, shown }
      if (methods.some((m) => m === 'password' || m === 'keyboard-interactive')) return { scheme: 'password', says, shown }
      if (methods.length > 0) return { scheme: 'keys', says, shown }
      return { scheme: 'unknown', says, trouble: reason ?? 'it named no way to log in', shown }
    },

    async attempt({ user, password }: Pair, why: string): Promise<Attempt> {
      const { how, reason, ms, shown } = await call(user, password, `${why} may log in by SSH`)
      if (how === 'in') return { outcome: 'accepted', ms, shown }
      if (reason !== undefined && LOCKED.test(reason)) return { outcome: 'locked', ms, shown, reason }
      if (how === 'no') return { outcome: 'refused', ms, shown }
      return { outcome: 'gone', ms, shown, ...(reason === undefined ? {} : { reason }) }
    },
  }
}

function logIn(client: Client, sock: import('node:stream').Duplex, user: string, password: string | undefined): Promise<Outcome> {
  return new Promise((resolve) => {
    let methods: string[] = []
    let says = ''
    let asked = performance.now()
    let ms = 0
    const tried = new Set<string>()
    const end = (how: Outcome['how'], reason?: string) => {
      clearTimeout(timer)
      client.destroy()
      resolve({ how, methods, says, ms: ms || performance.now() - asked, ...(reason ? { reason } : {}) })
    }
    const timer = setTimeout(() => end('gone', 'it did not answer in time'), PATIENCE)
    client.on('banner', (text) => (says = `${says} ${printable(text, 200)}`.trim()))
    client.on('ready', () => end('in'))
    client.on('error', (error: Error & { level?: string }) =>
      end(error.level === 'client-authentication' ? 'no' : 'gone', printable(error.message, 200)),
    )
    client.on('close', () => end(methods.length > 0 && tried.size > 1 ? 'no' : 'gone', 'it closed the connection'))
    try {
      client.connect({
        sock,
        username: user,
        ...(password === undefined ? {} : { password }),
        readyTimeout: PATIENCE,
        keepaliveInterval: 0,
        // old things are asked in their own words: how they encrypt is judged elsewhere
        algorithms: {
          kex: {
            append: ['diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1', 'diffie-hellman-group-exchange-sha1'],
            prepend: [],
            remove: [],
          },
          serverHostKey: { append: ['ssh-rsa', 'ssh-dss'], prepend: [], remove: [] },
          cipher: { append: ['aes128-cbc', 'aes256-cbc', '3des-cbc'], prepend: [], remove: [] },
          hmac: { append: ['hmac-sha1', 'hmac-md5'], prepend: [], remove: [] },
        },
        hostVerifier: () => true,
        authHandler: (left: string[] | null, _partial: boolean | null, next: (method: unknown) => void) => {
          if (left) methods = left
          // how long it took to refuse what was said last
          if (tried.has('password') || tried.has('keyboard-interactive')) ms = performance.now() - asked
          asked = performance.now()
          const method = ['none', ...(password === undefined ? [] : ['password', 'keyboard-interactive'])].find(
            (m) => !tried.has(m) && (m === 'none' || methods.includes(m)),
          )
          if (method === undefined) return end('no')
          // one bad log-in a connection: what was refused as a password is not said again at a prompt
          if (method === 'keyboard-interactive' && tried.has('password')) return end('no')
          tried.add(method)
          if (method === 'none') next({ type: 'none', username: user })
          else if (method === 'password') next({ type: 'password', username: user, password })
          else
            next({
              type: 'keyboard-interactive',
              username: user,
              prompt: (_n: string, _i: string, _l: string, prompts: unknown[], finish: (answers: string[]) => void) =>
                finish(prompts.map(() => password ?? '')),
            })
        },
      } as Parameters<Client['connect']>[0])
    } catch (error) {
      end('gone', error instanceof Error ? error.message : String(error))
    }
  })
}
