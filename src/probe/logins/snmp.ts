import { randomInt } from 'node:crypto'
import { snmp as decoder, type SnmpMessage } from '../../decode/protocols/snmp.ts'
import { blankDatagram } from '../../decode/stream.ts'
import { mask } from '../../evidence/kinds.ts'
import { type Attempt, type Door, type Knock, type Look } from './door.ts'

/** sysDescr.0 (RFC 3418): what it is, which every agent tells who may read. Nothing is ever set. */
const SYSTEM_DESCRIPTION = [0x2b, 6, 1, 2, 1, 1, 1, 0]
const WAIT = 1500
export const NOBODY = 'nobody listens there'

/**
 * SNMP v1 and v2c (RFC 1157, 3416): whether a community reads. Who has the wrong one is not answered, so that the agent itself is found by
 * v3's discovery (RFC 3414, section 4), which asks for none.
 */
export const snmp: Knock = (asker, { ip }, { port }): Door => {
  /** It answered the discovery: so silence is a choice of its, as long as it does. */
  let speaks = false

  const discover = async (why: string) => {
    const { answers, ref, entry } = await asker.datagram(ip, port, discovery(), why, { waitMs: WAIT, tries: 2 })
    const reported = answers.map(read).some((m) => m?.version === '3' && m.pdu === 'report')
    return { reported, ref, entry }
  }

  const get = async (community: string, version: 0 | 1, why: string) => {
    const id = randomInt(1, 0x7fffffff)
    const began = performance.now()
    const { answers, ref, entry } = await asker.datagram(ip, port, request(community, version, id), why, {
      waitMs: WAIT,
      tries: 2,
      shown: `get-request sysDescr.0, community ${mask(community)}`,
    })
    const said = answers
      .map(read)
      .find((m) => m?.pdu === 'get-response' && m.requestId === id && (m.version === '1') === (version === 0))
    // what came back repeats the community
    for (const heard of entry.said) if (heard.by === 'them') heard.text = `(${heard.bytes} bytes of SNMP)`
    return { said, ref, heard: answers.length > 0, ms: performance.now() - began, refused: entry.ended === 'refused' }
  }

  return {
    async look(): Promise<Look> {
      const { reported, ref, entry } = await discover('asks whether it speaks SNMP (version 3 discovery)')
      const shown = [ref]
      speaks = reported
      if (speaks) return { scheme: 'community', says: '', shown }
      // an agent of the old versions only is as silent as none: its communities may tell
      return { scheme: 'unknown', says: '', trouble: entry.ended === 'refused' ? NOBODY : 'it did not answer', shown }
    },

    async attempt({ password }, why): Promise<Attempt> {
      const shown = []
      let ms = 0
      for (const version of [1, 0] as const) {
        const got = await get(password, version, `${why} reads by SNMP v${version === 1 ? '2c' : '1'}`)
        shown.push(got.ref)
        ms = got.ms
        if (got.said?.variables[0]?.value) return { outcome: 'accepted', ms, shown }
        if (got.refused) return { outcome: 'gone', ms, shown, reason: NOBODY }
        if (got.heard) return { outcome: 'unclear', ms, shown, reason: 'what it answered is no answer to the question' }
      }
      if (!speaks) return { outcome: 'refused', ms, shown }
      const still = await discover('asks whether it still answers at all (SNMP, version 3 discovery)')
      shown.push(still.ref)
      if (still.reported) return { outcome: 'refused', ms, shown }
      return { outcome: 'gone', ms, shown, reason: 'it no longer answered at all' }
    },
  }
}

function read(bytes: Buffer): SnmpMessage | undefined {
  let said: SnmpMessage | undefined
  const datagram = { ...blankDatagram(bytes), end: bytes.length, fromClient: false }
  if (decoder.recognise(datagram)) decoder.decode(datagram, (message) => (said = message))
  return said
}

/** BER (X.690), of lengths below 128. */
const tlv = (tag: number, ...parts: (Uint8Array | readonly number[])[]) => {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([Buffer.of(tag, value.length), value])
}
const integer = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return tlv(2, bytes)
}

function getRequest(id: number, ...bindings: Uint8Array[]): Buffer {
  return tlv(0xa0, integer(id), tlv(2, [0]), tlv(2, [0]), tlv(0x30, ...bindings))
}

function request(community: string, version: 0 | 1, id: number): Buffer {
  return tlv(
    0x30,
    tlv(2, [version]),
    tlv(4, Buffer.from(community, 'latin1')),
    getRequest(id, tlv(0x30, tlv(6, SYSTEM_DESCRIPTION), tlv(5))),
  )
}

/** An empty request of nobody's, reportable, without authentication: it is answered with the engine's identifier. */
function discovery(): Buffer {
  const id = randomInt(1, 0x7fffffff)
  const security = tlv(0x30, tlv(4), tlv(2, [0]), tlv(2, [0]), tlv(4), tlv(4), tlv(4))
  return tlv(
    0x30,
    tlv(2, [3]),
    tlv(0x30, integer(id), integer(65_507), tlv(4, [0x04]), tlv(2, [3])),
    tlv(4, security),
    tlv(0x30, tlv(4), tlv(4), getRequest(id)),
  )
}
