const CHANGE_CIPHER_SPEC = 20
const HANDSHAKE = 22
const APPLICATION_DATA = 23
/** An alert in TLS 1.3: two bytes, their type, and the tag of an AEAD (RFC 8446 section 5.2). */
const ENCRYPTED_ALERT = 19

/**
 * Whether a client whose TLS passes by has gone on to say something: told by the heads of its records alone (RFC 8446 section 5). In TLS 1.3 the first
 * one that is encrypted is its Finished; up to 1.2 that is a record of the handshake, behind the change of ciphers.
 */
export class WentOn {
  private left = 0
  private head: number[] = []
  private changed = false
  private old = false
  private data = 0

  /** The client's next bytes. */
  feed(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length;) {
      if (this.left > 0) {
        const skip = Math.min(this.left, chunk.length - i)
        this.left -= skip
        i += skip
        continue
      }
      this.head.push(chunk[i++]!)
      if (this.head.length < 5) continue
      const [type, , , high, low] = this.head as [number, number, number, number, number]
      this.head = []
      this.left = (high << 8) | low
      if (type === CHANGE_CIPHER_SPEC) this.changed = true
      else if (type === HANDSHAKE) this.old ||= this.changed
      else if (type === APPLICATION_DATA && this.left !== ENCRYPTED_ALERT) this.data++
    }
  }

  get yes(): boolean {
    return this.data >= (this.old ? 1 : 2)
  }
}
