import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeAction, decodeDescription, MAX_ARGUMENTS } from './upnp.ts'
import { MAX_ELEMENT } from './xml.ts'
import { isWemoDevice, wemoUse } from './wemo.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

// after the template of UPnP Device Architecture 2.0 section 2.3
const description = (device: string): string => `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0" configId="7"><specVersion><major>2</major><minor>0</minor></specVersion>
<device>${device}<iconList><icon><mimetype>image/png</mimetype></icon></iconList></device></root>`

describe('device description', () => {
  it('gives the root device, not those within it', () => {
    expect(
      decodeDescription(
        bytes(
          description(`<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><friendlyName> Caf&amp;eacute; &lt;1&gt; </friendlyName>
<manufacturer>Belkin International Inc.</manufacturer><modelName>Insight</modelName><modelNumber>1.0</modelNumber><serialNumber></serialNumber><UDN>uuid:Insight-1_0-X</UDN>
<deviceList><device><deviceType>urn:other</deviceType><serialNumber>999</serialNumber></device></deviceList>`),
        ),
      ),
    ).toEqual({
      deviceType: 'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
      friendlyName: 'Caf&eacute; <1>',
      manufacturer: 'Belkin International Inc.',
      modelName: 'Insight',
      modelNumber: '1.0',
      udn: 'uuid:Insight-1_0-X',
    })
  })

  it('reads prefixes, attributes, a byte order mark, comments; and what a cut document holds', () => {
    expect(
      decodeDescription(
        bytes('\uFEFF<u:root xmlns:u="x"><!-- <device> --><u:device a="b"><u:UDN dt="s">uuid:1</u:UDN><u:modelName>M'),
      ),
    ).toEqual({ udn: 'uuid:1', modelName: 'M' })
  })

  it('is nothing else', () => {
    for (const other of [
      '',
      'hello',
      '<html><body>device</body></html>',
      '<root><x>1</x></root>',
      '<device><UDN>uuid:1</UDN></device>',
      '<scpd><actionList/></scpd>',
      description('<x>1</x>'),
    ]) {
      expect(decodeDescription(bytes(other))).toBeUndefined()
    }
  })

  it('expands no entity of the document, and bounds what it keeps', () => {
    const bomb = `<!DOCTYPE root [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>${description('<UDN>&b;</UDN>')}`
    expect(decodeDescription(bytes(bomb))).toEqual({ udn: '&b;' })
    expect(decodeDescription(bytes(description(`<UDN>${'x'.repeat(4000)}</UDN>`)))?.udn).toHaveLength(MAX_ELEMENT)
  })
})

describe('actions', () => {
  const IGD = 'urn:schemas-upnp-org:service:WANIPConnection:1'
  it('gives service, action and arguments', () => {
    const body = `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:AddPortMapping xmlns:u="${IGD}">
<NewRemoteHost></NewRemoteHost><NewExternalPort>8080</NewExternalPort><NewProtocol>TCP</NewProtocol><NewInternalPort>80</NewInternalPort>
<NewInternalClient>192.168.1.9</NewInternalClient><NewEnabled>1</NewEnabled></u:AddPortMapping></s:Body></s:Envelope>`
    expect(decodeAction(`"${IGD}#AddPortMapping"`, bytes(body))).toEqual({
      service: IGD,
      action: 'AddPortMapping',
      arguments: {
        NewRemoteHost: '',
        NewExternalPort: '8080',
        NewProtocol: 'TCP',
        NewInternalPort: '80',
        NewInternalClient: '192.168.1.9',
        NewEnabled: '1',
      },
    })
  })
  it('needs a header that names one', () => {
    for (const header of [undefined, '', '"x"', '#a', 'urn:x#', 'http://example.com/#Get'])
      expect(decodeAction(header, bytes('<a>1</a>'))).toBeUndefined()
    expect(decodeAction('urn:x#Get', bytes(''))).toEqual({ service: 'urn:x', action: 'Get', arguments: {} })
  })
  it('bounds its arguments, and takes none for a property of objects', () => {
    const many = Array.from({ length: 99 }, (_, i) => `<A${i}>1</A${i}>`).join('')
    expect(Object.keys(decodeAction('urn:x#Get', bytes(`<x>${many}</x>`))?.arguments ?? {})).toHaveLength(MAX_ARGUMENTS)
    expect(decodeAction('urn:x#Get', bytes('<s><constructor>1</constructor><__proto__>1</__proto__></s>'))?.arguments).toEqual({
      s: '',
    })
  })
})

it("knows Belkin's services and devices", () => {
  expect(wemoUse('urn:Belkin:service:basicevent:1', 'SetBinaryState')).toEqual({
    service: 'basicevent',
    action: 'SetBinaryState',
  })
  expect(wemoUse('urn:schemas-upnp-org:service:SwitchPower:1', 'SetTarget')).toBeUndefined()
  expect(wemoUse('urn:Belkin:service:', 'X')).toBeUndefined()
  expect(isWemoDevice('urn:Belkin:device:insight:1')).toBe(true)
  expect(isWemoDevice('urn:schemas-upnp-org:device:Basic:1')).toBe(false)
})

it('never throws, and takes linear time', () => {
  const piece = fc.oneof(
    fc.constantFrom('<', '>', '</', '<!--', '<?', '<root>', '<device>', '<UDN>', '&amp;', '&', ':', '"', ' '),
    fc.string({ maxLength: 5 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 80 }), (pieces) => {
      const body = bytes(pieces.join(''))
      decodeDescription(body)
      decodeAction('urn:x#Get', body)
    }),
    { seed: 20261123, numRuns: 3000 },
  )
  for (const unit of ['<', '<a', '<a>', '<a:', '<root><device>', '<device><a>x', 'x']) {
    const body = bytes(`<root><device>${unit.repeat(200_000 / unit.length)}`)
    const start = performance.now()
    decodeDescription(body)
    decodeAction('urn:x#Get', body)
    expect(performance.now() - start).toBeLessThan(500)
  }
})
