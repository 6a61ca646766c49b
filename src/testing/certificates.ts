import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** What a made certificate shall say. */
export interface MadeCertificate {
  subject?: string
  issuer?: string
  dns?: string[]
  /** Addresses as their bytes. */
  ips?: number[][]
  notBefore?: Date
  notAfter?: Date
  key?: { publicKey: KeyObject; privateKey: KeyObject }
  /** Who signs: by default its own key. */
  signer?: KeyObject
  hash?: 'sha1' | 'sha256'
}

const DAY = 86_400_000

/** Makes an X.509 v3 certificate for tests, DER and PEM, with the key that goes with it. */
export function makeCertificate(made: MadeCertificate = {}): { der: Uint8Array; pem: string; keyPem: string } {
  const key = made.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const hash = made.hash ?? 'sha256'
  const signer = made.signer ?? key.privateKey
  const rsa = signer.asymmetricKeyType === 'rsa'
  const oids = rsa
    ? { sha1: '2a864886f70d010105', sha256: '2a864886f70d01010b' }
    : { sha1: '2a8648ce3d0401', sha256: '2a8648ce3d040302' }
  const algorithm = tlv(0x30, tlv(0x06, Buffer.from(oids[hash], 'hex')), ...(rsa ? [tlv(0x05)] : []))
  const names = [
    ...(made.dns ?? []).map((name) => tlv(0x82, Buffer.from(name))),
    ...(made.ips ?? []).map((ip) => tlv(0x87, Buffer.from(ip))),
  ]
  const san = tlv(0x30, tlv(0x06, Buffer.from('551d11', 'hex')), tlv(0x04, tlv(0x30, ...names)))
  const tbs = tlv(
    0x30,
    tlv(0xa0, tlv(0x02, Buffer.of(2))),
    tlv(0x02, Buffer.of(1)),
    algorithm,
    name(made.issuer ?? made.subject ?? 'device.example'),
    tlv(0x30, time(made.notBefore ?? new Date(Date.now() - DAY)), time(made.notAfter ?? new Date(Date.now() + DAY))),
    name(made.subject ?? 'device.example'),
    key.publicKey.export({ type: 'spki', format: 'der' }),
    ...(names.length > 0 ? [tlv(0xa3, tlv(0x30, san))] : []),
  )
  const der = tlv(0x30, tbs, algorithm, tlv(0x03, Buffer.of(0), sign(hash, tbs, signer)))
  const pem = `-----BEGIN CERTIFICATE-----\n${der
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')}\n-----END CERTIFICATE-----\n`
  return { der: Uint8Array.from(der), pem, keyPem: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function tlv(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const n = body.length
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff]
  return Buffer.concat([Buffer.of(tag, ...length), body])
}

/** A distinguished name of one common name. */
function name(common: string): Buffer {
  return tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, Buffer.from('550403', 'hex')), tlv(0x0c, Buffer.from(common)))))
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14)
  const year = date.getUTCFullYear()
  return year >= 1950 && year < 2050 ? tlv(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tlv(0x18, Buffer.from(`${digits}Z`))
}
