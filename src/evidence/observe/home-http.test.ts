import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { dialogueCapture } from '../../testing/dialogue-capture.ts'
import type { Turn } from '../../testing/dialogue-capture.ts'
import { observed } from '../../testing/observed.ts'
import type { DeviceEvidence } from '../evidence.ts'
import type { Kind } from '../kinds.ts'

const data = <K extends Kind>(device: DeviceEvidence, kind: K) => device.of(kind).map((one) => one.data)
const signals = (device: DeviceEvidence) => device.identity.signals.map((one) => `${one.kind} ${one.value}`)
const software = (device: DeviceEvidence) => data(device, 'software').map((one) => `${one.product} ${one.version}`)

const ask = (line: string, body = '', type = 'application/json'): Turn => [
  'client',
  `${line} HTTP/1.1\r\nHost: 192.168.7.1\r\n${body === '' ? '' : `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n`}\r\n${body}`,
]
const answer = (body: string, type = 'application/json', status = '200 OK'): Turn => [
  'server',
  `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
]
const served = async (port: number, ...turns: Turn[]) => (await observed(dialogueCapture(turns, port)))('192.168.7.1')

describe('ONVIF', () => {
  const soap = (body: string, head = '') =>
    `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header>${head}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  const XML = 'application/soap+xml'
  const call = (operation: string, head = '') => ask('POST /onvif/device_service', soap(`<tds:${operation}/>`, head), XML)
  const said = (operation: string, inside = '') =>
    answer(soap(`<tds:${operation}Response>${inside}</tds:${operation}Response>`), XML)
  const token = (password: string) =>
    `<wsse:Security><wsse:UsernameToken><wsse:Username>admin</wsse:Username><wsse:Password>${password}</wsse:Password><wsse:Nonce>AAAA</wsse:Nonce></wsse:UsernameToken></wsse:Security>`
  const INFORMATION =
    '<tds:Manufacturer>ACME</tds:Manufacturer><tds:Model>Dome 3</tds:Model><tds:FirmwareVersion>V5.4.0</tds:FirmwareVersion><tds:SerialNumber>1</tds:SerialNumber><tds:HardwareId>88</tds:HardwareId>'

  it('reads maker, model and firmware', async () => {
    const camera = await served(80, call('GetDeviceInformation', token('secret12')), said('GetDeviceInformation', INFORMATION))
    expect(signals(camera)).toEqual(expect.arrayContaining(['onvif.manufacturer ACME', 'onvif.model Dome 3']))
    expect(software(camera)).toEqual(['firmware V5.4.0'])
  })

  it('a password in the token is a credential in clear, a digest a log-in', async () => {
    const plain = await served(80, call('GetProfiles', token('secret12')), said('GetProfiles'))
    expect(data(plain, 'credential')).toMatchObject([
      { protocol: 'onvif', scheme: 'WS-Security PasswordText', user: 'a…(5)', secret: 's…(8)', accepted: 'yes' },
    ])
    expect(JSON.stringify(data(plain, 'credential'))).not.toContain('secret12')
    expect(data(plain, 'http.server')).toMatchObject([{ authentication: 'WS-Security' }])
  })

  it('a digest hides the password, unless it is a default that everyone can try', async () => {
    const digested = (password: string, created: string) => {
      const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64')
      const value = createHash('sha1').update(nonce).update(`${created}${password}`).digest('base64')
      const more = `<wsse:Nonce>LKqI6G/AikKCQrN0zqZFlg==</wsse:Nonce><wsu:Created>${created}</wsu:Created>`
      return { value, head: token(value).replace('<wsse:Nonce>AAAA</wsse:Nonce>', more) }
    }
    // the example of ONVIF's Application Programmer's Guide
    const example = digested('userpassword', '2010-09-16T07:50:45Z')
    expect(example.value).toBe('tuOSpGlFlIXsozq4HFNeeGeFLEI=')
    const unknown = await served(80, call('GetProfiles', example.head), said('GetProfiles'))
    expect(data(unknown, 'login')).toMatchObject([{ protocol: 'onvif', outcome: 'accepted', role: 'server' }])
    expect(data(unknown, 'credential')).toMatchObject([{ scheme: 'WS-Security PasswordDigest', user: 'a…(5)', accepted: 'yes' }])
    expect(data(unknown, 'credential')[0]!.secret).toBeUndefined()
    expect(data(unknown, 'credential')[0]!.known).toBeUndefined()
    const known = await served(80, call('GetProfiles', digested('admin', '2026-01-01T00:00:00Z').head), said('GetProfiles'))
    expect(data(known, 'credential')[0]!.known).toBeDefined()
  })

  it('tells what is open though it should not be from what everyone may ask', async () => {
    const open = await served(80, call('GetProfiles'), said('GetProfiles'))
    expect(data(open, 'http.server')).toMatchObject([{ authentication: 'none' }])
    expect(data(open, 'protocol')).toMatchObject([{ protocol: 'onvif', role: 'server', detail: { open: 'GetProfiles' } }])
    for (const operation of ['GetCapabilities', 'GetSystemDateAndTime']) {
      const camera = await served(80, call(operation), said(operation))
      expect(data(camera, 'http.server')[0]!.authentication).toBeUndefined()
      expect(data(camera, 'protocol')).toMatchObject([{ protocol: 'onvif', detail: {} }])
    }
  })

  it('a fault refuses, with whatever status', async () => {
    const fault = soap(
      '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault>',
    )
    for (const status of ['200 OK', '400 Bad Request']) {
      const camera = await served(80, call('GetProfiles', token('wrong')), answer(fault, XML, status))
      expect(data(camera, 'login')).toMatchObject([{ outcome: 'refused' }])
      expect(data(camera, 'credential')).toMatchObject([{ accepted: 'no' }])
      expect(data(camera, 'http.server')[0]!.authentication).toBeUndefined()
    }
  })
})

describe('HomeKit', () => {
  const TLV = 'application/pairing+tlv8'

  it('pairing is a log-in, and what follows is encrypted', async () => {
    const lock = await served(
      51826,
      ask('POST /pair-verify', '\x06\x01\x01', TLV),
      answer('\x06\x01\x02', TLV),
      ask('POST /pair-verify', '\x06\x01\x03', TLV),
      answer('\x06\x01\x04', TLV),
      ['client', '\x20\0' + 'x'.repeat(48)],
    )
    expect(data(lock, 'protocol')).toMatchObject([
      { protocol: 'hap', role: 'server', detail: { 'pair verify': 'M2', verified: 'yes' } },
    ])
    expect(lock.services).toMatchObject([{ port: 51826, protection: 'encrypted' }])
    expect(data(lock, 'http.server').every(({ authentication }) => authentication === undefined)).toBe(true)
  })

  it('a refusal is no pairing, and another content type none at all', async () => {
    const refused = await served(51826, ask('POST /pair-verify', '\x06\x01\x03', TLV), answer('\x06\x01\x04\x07\x01\x02', TLV))
    expect(data(refused, 'protocol')).toMatchObject([{ detail: { 'pair verify': 'refused' } }])
    expect(data(refused, 'protocol')[0]!.detail).not.toHaveProperty('verified')
    const other = await served(80, ask('POST /pair-verify', '{"a":1}'), answer('{}'))
    expect(data(other, 'protocol')).toEqual([])
    expect(other.services).toMatchObject([{ protection: 'clear' }])
  })
})

describe('what things say on HTTP', () => {
  it('Hue: the bridge, and the key that everyone can read', async () => {
    const config =
      '{"name":"Philips hue","swversion":"1941132080","apiversion":"1.41.0","mac":"00:17:88:aa:bb:cc","bridgeid":"001788FFFEAABBCC","modelid":"BSB002"}'
    const bridge = await served(
      80,
      ask('GET /api/nouser/config'),
      answer(config),
      ask('GET /api/a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0/lights'),
      answer('{"1":{"state":{"on":true},"modelid":"LCT007","name":"Lamp"}}'),
    )
    expect(signals(bridge)).toEqual(expect.arrayContaining(['hue.model BSB002', 'lan.name Philips hue']))
    expect(software(bridge)).toEqual(['firmware 1941132080'])
    // the bridge's lamps are no devices, and no names of it
    expect(signals(bridge).some((one) => one.includes('LCT007') || one.includes('Lamp'))).toBe(false)
    expect(data(bridge, 'credential')).toMatchObject([{ scheme: 'Hue API key', secret: 'a…(40)', accepted: 'yes' }])
    const refused = await served(
      80,
      ask('GET /api/a1b2c3d4e5f6a7b8c9d0e1f2/lights'),
      answer('[{"error":{"type":1,"description":"unauthorized user"}}]'),
    )
    expect(data(refused, 'credential')).toMatchObject([{ accepted: 'no' }])
    expect(data(await served(80, ask('GET /api/some-long-name-of-a-thing/config'), answer('{}')), 'credential')).toEqual([])
  })

  it('Roku: what it is, and that it obeys anyone', async () => {
    const info =
      '<?xml version="1.0"?><device-info><vendor-name>Roku</vendor-name><model-name>Roku Express</model-name><user-device-name>Den</user-device-name><software-version>12.5.0</software-version></device-info>'
    const roku = await served(
      8060,
      ask('GET /query/device-info'),
      answer(info, 'text/xml'),
      ask('POST /keypress/Home'),
      answer('', 'text/plain'),
    )
    expect(signals(roku)).toEqual(expect.arrayContaining(['roku.vendor Roku', 'roku.model Roku Express', 'lan.name Den']))
    expect(software(roku)).toEqual(['Roku OS 12.5.0'])
    expect(data(roku, 'lan')).toMatchObject([
      { protocol: 'roku', role: 'server', protection: 'clear', detail: { keypress: 'obeyed' } },
    ])
    // "control by mobile apps" is off
    const shut = await served(8060, ask('POST /keypress/Home'), answer('', 'text/plain', '403 Forbidden'))
    expect(data(shut, 'lan')).toEqual([])
  })

  it('Shelly, both generations, and Cast', async () => {
    const first = await served(
      80,
      ask('GET /shelly'),
      answer('{"type":"SHSW-25","mac":"A4CF12F407B1","auth":false,"fw":"20230913-112234/v1.14.0-gcb84623"}'),
    )
    expect(signals(first)).toContain('shelly.model SHSW-25')
    expect(software(first)).toEqual(['firmware 20230913-112234/v1.14.0-gcb84623'])
    const later = await served(
      80,
      ask('GET /shelly'),
      answer(
        '{"name":"Hall","id":"shellyplus1-a8","mac":"A8032ABE54DC","model":"SNSW-001X16EU","gen":2,"ver":"1.4.4","app":"Plus1","auth_en":false}',
      ),
    )
    expect(signals(later)).toEqual(expect.arrayContaining(['shelly.model SNSW-001X16EU', 'shelly.app Plus1', 'lan.name Hall']))
    const cast = await served(
      8008,
      ask('GET /setup/eureka_info?params=device_info'),
      answer(
        '{"name":"TV","cast_build_revision":"1.56.500000","device_info":{"model_name":"Chromecast","manufacturer":"Google Inc."}}',
      ),
    )
    expect(signals(cast)).toEqual(
      expect.arrayContaining(['cast.model Chromecast', 'cast.manufacturer Google Inc.', 'lan.name TV']),
    )
    expect(software(cast)).toEqual(['firmware 1.56.500000'])
  })

  it('Tapo under KLAP is protected, and not without a log-in', async () => {
    const plug = await served(
      80,
      ask('POST /app/handshake1', 's'.repeat(16), 'application/octet-stream'),
      answer('r'.repeat(48), 'application/octet-stream'),
      ask('POST /app/request?seq=7', 'e'.repeat(64), 'application/octet-stream'),
      answer('e'.repeat(64), 'application/octet-stream'),
    )
    expect(data(plug, 'lan')).toMatchObject([
      { protocol: 'tapo', role: 'server', protection: 'encrypted', detail: { control: 'KLAP' } },
    ])
    expect(plug.services).toMatchObject([{ protection: 'encrypted' }])
    expect(data(plug, 'http.server').every(({ authentication }) => authentication === undefined)).toBe(true)
  })

  it('an AirPlay speaker is no camera, though it speaks RTSP', async () => {
    const speaker = await served(
      7000,
      ['client', 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: AirPlay/375.3\r\n\r\n'],
      ['server', 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: AirTunes/377.40.00\r\n\r\n'],
    )
    expect(signals(speaker)).toEqual(['airplay.server AirTunes/377.40.00'])
    expect(speaker.identity.category).toBe('media')
    expect(software(speaker)).toEqual(['AirPlay 377.40.00'])
  })

  it('software by the words of SSDP’s SERVER', async () => {
    const alive = (server: string) =>
      `NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nUSN: uuid:1\r\nSERVER: ${server}\r\n\r\n`
    const said = async (server: string) =>
      software((await observed(dialogueCapture([['client', alive(server)]], 1900, 'udp')))('192.168.7.2'))
    expect(await said('Linux UPnP/1.0 Sonos/57.19-44230 (ZPS1)')).toEqual(['Sonos 57.19-44230'])
    expect(await said('Roku/9.2.0 UPnP/1.0 Roku/9.2.0')).toEqual(['Roku 9.2.0'])
    expect(await said('Linux/3.14 UPnP/1.0 IpBridge/1.16')).toEqual([])
  })
})
