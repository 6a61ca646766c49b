import type { Conversation } from '../asker.ts'

/** How a conversation in clear is changed to TLS: what is said, and how the answer to it begins that says yes. */
interface Way {
  /** The server speaks first, and this is how it begins. */
  greeting?: RegExp
  steps: readonly { say: string | Buffer; whole: RegExp; yes: RegExp }[]
}

const LINE = /\r?\n$/

/** By protocols as decoders name them. */
const WAYS: Readonly<Record<string, Way>> = {
  // RFC 3207
  smtp: {
    greeting: /^220[ -]/,
    steps: [
      { say: 'EHLO assay.invalid\r\n', whole: /^\d{3} .*\r?\n$/m, yes: /^250[ -]STARTTLS\s*$/im },
      { say: 'STARTTLS\r\n', whole: LINE, yes: /^220/ },
    ],
  },
  // RFC 9051 section 6.2.1
  imap: { greeting: /^\* OK/i, steps: [{ say: 'a STARTTLS\r\n', whole: /^a .*\r?\n$/im, yes: /^a OK/im }] },
  // RFC 2595 section 4
  pop3: { greeting: /^\+OK/i, steps: [{ say: 'STLS\r\n', whole: LINE, yes: /^\+OK/i }] },
  // RFC 4217
  ftp: { greeting: /^220[ -]/, steps: [{ say: 'AUTH TLS\r\n', whole: /^\d{3} .*\r?\n$/m, yes: /^234/m }] },
  // RFC 6120 section 5
  xmpp: {
    steps: [
      {
        say: "<?xml version='1.0'?><stream:stream to='assay.invalid' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
        whole: /<\/stream:features>|<stream:error/,
        yes: /<starttls[^>]*urn:ietf:params:xml:ns:xmpp-tls/,
      },
      { say: "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", whole: />/, yes: /<proceed/ },
    ],
  },
  // RFC 4511 section 4.14: an extended request with the object identifier of StartTLS, and a response whose resultCode is 0
  ldap: {
    steps: [
      {
        say: Buffer.concat([Buffer.from('301d02010177188016', 'hex'), Buffer.from('1.3.6.1.4.1.1466.20037')]),
        // oxlint-disable-next-line no-control-regex
        whole: /^0[^]{6,}/,
        // oxlint-disable-next-line no-control-regex
        yes: /\x78[^]{1,5}?\x0a\x01\x00/,
      },
    ],
  },
}

/** Protocols that begin in clear and may change to TLS. */
export function mayUpgrade(protocol: string): boolean {
  return Object.hasOwn(WAYS, protocol)
}

/** Says what changes this conversation to TLS. 'no': it does not offer that. Else 'yes', or what went wrong in words. */
export async function upgrade(conversation: Conversation, protocol: string): Promise<'yes' | 'no' | { trouble: string }> {
  const { greeting, steps } = WAYS[protocol]!
  if (greeting !== undefined) {
    const text = await hear(conversation, /^(?!\d{3}-).*\r?\n$|^\d{3} .*\r?\n$/m)
    if (typeof text !== 'string') return text
    if (!greeting.test(text)) return { trouble: `it did not greet as ${protocol} does` }
  }
  for (const { say, whole, yes } of steps) {
    conversation.write(say)
    const text = await hear(conversation, whole)
    if (typeof text !== 'string') return text
    if (!yes.test(text)) return 'no'
  }
  return 'yes'
}

/** More than any of these answers has. */
const MAX = 8192

async function hear(conversation: Conversation, whole: RegExp): Promise<string | { trouble: string }> {
  const { bytes, ended } = await conversation.read({
    max: MAX,
    silenceMs: 3000,
    enough: (sofar) => whole.test(sofar.toString('latin1')),
  })
  if (ended === 'enough') return bytes.toString('latin1')
  return {
    trouble: ended === 'silent' ? 'it did not answer before TLS was asked for' : `it ${ENDED[ended]} before TLS was asked for`,
  }
}

const ENDED = {
  closed: 'closed the connection',
  full: `said more than ${MAX} bytes`,
  late: 'took too long',
  error: 'cut the connection off',
} as const
