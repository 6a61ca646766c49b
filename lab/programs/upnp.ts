/** `upnp ADDRESS UUID SERIAL NAME`: a UPnP renderer: SSDP on the multicast group, its description over HTTP on port 7676; a remote control on 8001. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'

const [address, uuid, serial, name] = process.argv.slice(2)
const type = 'urn:schemas-upnp-org:device:MediaRenderer:1'
const software = 'SHP, UPnP/1.0, Lab TV SDK/1.0'
const location = `http://${address}:7676/description.xml`

createServer((_, response) => {
  response.setHeader('Content-Type', 'text/xml; charset="utf-8"').setHeader('Server', software)
  response.end(`<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion><device>
<deviceType>${type}</deviceType><friendlyName>${name}</friendlyName><manufacturer>Samsung Electronics</manufacturer>
<modelName>UE40LAB</modelName><modelNumber>1.0</modelNumber><serialNumber>${serial}</serialNumber><UDN>uuid:${uuid}</UDN>
</device></root>
`)
}).listen(7676, '0.0.0.0')

// The remote control: no log-in, no encryption.
createServer((_, response) =>
  response
    .setHeader('Content-Type', 'application/json')
    .end(`{"device":{"name":"${name}","modelName":"UE40LAB"},"remote":"1.0"}\n`),
).listen(8001, '0.0.0.0')

const udp = createSocket({ type: 'udp4', reuseAddr: true })
const head = (first: string, kind: string): string =>
  `${first}\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: ${location}\r\nSERVER: ${software}\r\nUSN: uuid:${uuid}::${type}\r\n${kind}\r\n`
udp.on('message', (message, from) => {
  const text = message.toString('latin1')
  if (!text.startsWith('M-SEARCH') || !/ST: ?(ssdp:all|upnp:rootdevice|urn:schemas-upnp-org:device:MediaRenderer:1)/i.test(text))
    return
  udp.send(head('HTTP/1.1 200 OK', `ST: ${type}\r\nEXT:\r\n`), from.port, from.address)
})
udp.bind(1900, () => {
  udp.addMembership('239.255.255.250', address)
  udp.setMulticastInterface(address!)
  udp.setMulticastTTL(2)
  const notify = (): void =>
    udp.send(
      head('NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900', `NT: ${type}\r\nNTS: ssdp:alive\r\n`),
      1900,
      '239.255.255.250',
    )
  notify()
  setInterval(notify, 20_000)
})
