import { describe, expect, it } from 'vitest'
import { compare } from '../../testing/agree.ts'
import { ntpColumns } from '../../testing/columns/ntp.ts'
import { corpus } from '../../testing/corpus.ts'
import { bytesOf, datagramOf, decodeDatagrams } from '../../testing/datagrams.ts'
import { tsharkAvailable } from '../../testing/tshark.ts'
import { ntp, type NtpMessage } from './ntp.ts'

const FILES = [
  'zeek/ntp.pcap',
  'zeek/ntp/NTP-digest.pcap',
  'zeek/ntp/ntp-no-extensions-mac.pcap',
  'zeek/ntp/ntp.pcap',
  'zeek/ntp/ntpmode67.pcap',
  'zeek/ntp/ntp2.pcap',
  'zeek/ntp/NTP_sync.pcap',
  'zeek/ntp/misordered-ntp.pcap',
  'tcpdump/ntp.pcap',
  'tcpdump/ntp-mode7.pcap',
  'ndpi/pcap/NTPv3.pcap',
  'ndpi/pcap/NTPv4.pcap',
  'ndpi/pcap/tls_certificate_too_long.pcap',
  'wireshark/ntp.pcap',
  'malware/id2t/sality_botnet.pcap',
  'malware/iot23-8-1/2018-07-31-15-15-09-192.168.100.113.pcap',
  'iot-sentinel/HueBridge/Setup-A-1-STA.pcap',
  'iot-sentinel/WeMoLink/Setup-A-1-STA.pcap',
] as const

/** Where we differ, and which of us is right. */
const EXPLAINED: Record<string, { why: string; differences: string[] }> = {
  'zeek/ntp/ntp-no-extensions-mac.pcap': {
    why: 'Noise of 25 bytes after the header is no MAC: RFC 1305 appendix C and RFC 5905 section 7.3 know 12, 20 and 24. tshark takes whatever follows for one.',
    differences: ['1 ntp.keyid: tshark ["ffff2020"] ours []', '1 ntp.mac: tshark ["there"] ours []'],
  },
}

const usable = tsharkAvailable() && corpus('zeek') !== undefined

describe('NTP fields agree with tshark', () => {
  it.skipIf(!usable).each(FILES)('%s', async (file) => {
    const path = corpus(file)!
    const { differences, frames } = compare(path, 'ntp', ntpColumns, await decodeDatagrams(path, ntp))
    expect(differences).toEqual(EXPLAINED[file]?.differences ?? [])
    expect(frames).toBeGreaterThan(0)
  })
})

const HEADER = '24 01 06 ec 00000000 00000000 47505300' + '00'.repeat(32)

function read(hexDigits: string): NtpMessage | undefined {
  let found: NtpMessage | undefined
  const datagram = datagramOf(bytesOf(hexDigits), 123, 40000)
  if (ntp.recognise(datagram)) ntp.decode(datagram, (message) => (found = message))
  return found
}

describe('what proves a time', () => {
  it('nothing', () =>
    expect(read(HEADER)).toMatchObject({ version: 4, mode: 4, stratum: 1, reference: 'GPS', authentication: 'none' }))
  it('a MAC of MD5 or SHA-1 (RFC 5905 section 7.3)', () => {
    expect(read(`${HEADER} 0000000a ${'11'.repeat(16)}`)).toMatchObject({ authentication: 'mac', keyId: 10, extensions: [] })
    expect(read(`${HEADER} 0000000a ${'11'.repeat(20)}`)).toMatchObject({ authentication: 'mac', keyId: 10, extensions: [] })
  })
  it('not a crypto-NAK', () => expect(read(`${HEADER} 00000000`)).toMatchObject({ authentication: 'none', keyId: 0 }))
  it('Network Time Security (RFC 8915 section 5): unique identifier, authenticator', () => {
    expect(read(`${HEADER} 0104 0024 ${'22'.repeat(32)} 0404 0028 ${'33'.repeat(36)}`)).toMatchObject({
      authentication: 'nts',
      extensions: [0x0104, 0x0404],
    })
  })
  it('not extension fields alone, nor with a length that lies', () => {
    expect(read(`${HEADER} 0104 0024 ${'22'.repeat(32)}`)).toMatchObject({ authentication: 'none', extensions: [0x0104] })
    expect(read(`${HEADER} 0404 ffff ${'33'.repeat(36)}`)).toMatchObject({ authentication: 'none', extensions: [] })
    // RFC 7822 section 3: sixteen bytes at least, so that what follows is no MAC
    expect(read(`${HEADER} 0000 0008 11111111 0000000a ${'11'.repeat(16)}`)).toMatchObject({
      authentication: 'none',
      extensions: [],
    })
  })
})
