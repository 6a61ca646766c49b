import type { TLSSocket } from 'node:tls'
import type { Asker, Conversation } from '../asker.ts'
import { type Heard, Inbox, type Listening } from '../inbox.ts'
import { handshake } from '../web.ts'

/** A conversation in which lines are said, in TLS where that is spoken. */
export class Talk {
  readonly conversation: Conversation
  private secured: TLSSocket | undefined
  /** What is said within TLS. */
  private readonly inbox = new Inbox()
  private failed: string | undefined

  private constructor(conversation: Conversation) {
    this.conversation = conversation
  }

  static async open(
    asker: Asker,
    { ip, port, tls, why, ms }: { ip: string; port: number; tls: boolean; why: string; ms?: number },
  ): Promise<Talk> {
    const talk = new Talk(await asker.connect(ip, port, why, ms === undefined ? {} : { ms }))
    if (tls && talk.conversation.open) await talk.secure()
    return talk
  }

  /** From now on in TLS. False, and no longer open, where that failed: `trouble` says why. */
  async secure(): Promise<boolean> {
    const secured = await handshake(this.conversation.stream, undefined, [])
    if (typeof secured === 'string') {
      this.failed = secured
      return false
    }
    this.conversation.overhear(secured)
    this.secured = secured
    const end = () => this.inbox.end('closed')
    secured.on('data', (chunk: Buffer) => this.inbox.take(chunk))
    secured.on('end', end).on('close', end).on('error', end)
    return true
  }

  get ref() {
    return this.conversation.ref
  }

  get open(): boolean {
    return this.failed === undefined && (this.secured ? this.inbox.over === undefined : this.conversation.open)
  }

  /** Why it is not open, in words. */
  get trouble(): string {
    const { entry } = this.conversation
    return this.failed ?? entry.reason ?? ENDED[entry.ended] ?? entry.ended
  }

  /** @param shown instead of what is written, where it holds a secret */
  write(bytes: Uint8Array | string, shown?: string): void {
    if (!this.open) return
    if (this.secured) {
      this.conversation.show(shown)
      this.secured.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    } else this.conversation.write(bytes, shown)
  }

  /** As of Conversation. */
  read(listening: Listening = {}): Promise<Heard> {
    return this.secured === undefined ? this.conversation.read(listening) : this.inbox.read(listening)
  }

  close(): void {
    this.secured?.destroy()
    this.conversation.close()
  }
}

const ENDED: Readonly<Record<string, string>> = {
  refused: 'the connection was refused',
  silent: 'it did not answer',
  unreachable: 'it cannot be reached',
  'cut-off': 'it cut the connection',
  answered: 'it closed the connection',
  endless: 'it went on for too long',
}
