import { printable } from '../../decode/text.ts'
import { type Attempt, type Door, type Knock, type Look } from './door.ts'
import { Talk } from './talk.ts'

/**
 * Android Debug Bridge (the Android source's docs/dev/protocol.md): CONNECT, and whether it is answered by CONNECT, which lets anybody run
 * commands, or by AUTH, which wants a key that its owner allowed. No stream is opened.
 */
export const adb: Knock = (asker, { ip }, { port }): Door => ({
  async look(): Promise<Look> {
    const talk = await Talk.open(asker, { ip, port, tls: false, why: 'asks whether anybody may debug it (ADB)' })
    try {
      const shown = [talk.ref]
      if (!talk.open) return { scheme: 'unknown', says: '', trouble: talk.trouble, shown }
      talk.write(message('CNXN', 0x01000000, 256 * 1024, Buffer.from('host::\0')))
      const { bytes } = await talk.read({
        enough: (b) => b.length >= 24 && b.length >= 24 + Math.min(b.readUInt32LE(12), 4096),
        silenceMs: 4000,
        max: 8192,
      })
      const command = bytes.subarray(0, 4).toString('latin1')
      // the last word is the first with every bit turned
      const sound = bytes.length >= 24 && (bytes.readUInt32LE(0) ^ bytes.readUInt32LE(20)) >>> 0 === 0xffffffff
      if (!sound) return { scheme: 'unknown', says: '', trouble: 'it did not answer as ADB does', shown }
      const says = printable(bytes.subarray(24).toString('latin1').replaceAll('\0', ' '), 200).trim()
      // what comes back as it was sent is an echo
      if (command === 'CNXN' && !says.startsWith('host:')) {
        return { scheme: 'none', says, open: { gives: 'shell', what: 'its debugger (ADB)' }, shown }
      }
      if (command === 'AUTH' || command === 'STLS') return { scheme: 'keys', says: '', shown }
      return { scheme: 'unknown', says: '', trouble: 'it did not answer as ADB does', shown }
    } finally {
      talk.close()
    }
  },

  attempt(): Promise<Attempt> {
    return Promise.resolve({ outcome: 'unclear', ms: 0, shown: [], reason: 'it takes no passwords' })
  },
})

function message(command: string, first: number, second: number, data: Buffer): Buffer {
  const head = Buffer.alloc(24)
  head.write(command, 'latin1')
  head.writeUInt32LE(first, 4)
  head.writeUInt32LE(second, 8)
  head.writeUInt32LE(data.length, 12)
  head.writeUInt32LE(
    data.reduce((sum, byte) => sum + byte, 0),
    16,
  )
  head.writeUInt32LE((head.readUInt32LE(0) ^ 0xffffffff) >>> 0, 20)
  return Buffer.concat([head, data])
}
