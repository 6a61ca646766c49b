/** The plug's "encryption": each byte XORed with the cipher byte before it, the first with 171. Anyone can undo it. */
export function scramble(text: string): Buffer {
  let key = 171
  return Buffer.from(Buffer.from(text).map((byte) => (key ^= byte)))
}

export function unscramble(bytes: Uint8Array): string {
  let key = 171
  return Buffer.from(
    bytes.map((byte) => {
      const plain = key ^ byte
      key = byte
      return plain
    }),
  ).toString()
}

/** Over TCP a 4-byte length comes first. */
export function framed(text: string): Buffer {
  const body = scramble(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}
