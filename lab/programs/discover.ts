/** `discover ADDRESS`: what a phone's app does to find things: an SSDP search and a DNS-SD question (RFC 6763). */
import { createSocket } from 'node:dgram'

const address = process.argv[2]!
const ssdp = createSocket('udp4')
ssdp.bind(0, address, () => {
  ssdp.setMulticastInterface(address)
  ssdp.send(
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n',
    1900,
    '239.255.255.250',
  )
})
const question = (name: string): Buffer =>
  Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0, 0, 12, 0, 1]),
  ])
const mdns = createSocket({ type: 'udp4', reuseAddr: true })
mdns.bind(5353, () => {
  mdns.addMembership('224.0.0.251', address)
  mdns.setMulticastInterface(address)
  mdns.setMulticastTTL(255)
  for (const name of ['_services._dns-sd._udp.local', '_hue._tcp.local', '_airplay._tcp.local'])
    mdns.send(question(name), 5353, '224.0.0.251')
})
// An app would go on to read the descriptions it was pointed at.
const seen = new Set<string>()
ssdp.on('message', (message) => {
  const location = /^LOCATION: ?(http:\S+)/im.exec(message.toString('latin1'))?.[1]
  if (location && !seen.has(location)) {
    seen.add(location)
    fetch(location, { headers: { 'User-Agent': 'HomeApp/5.2' } }).then(
      (r) => r.text(),
      () => {},
    )
  }
})
setTimeout(() => process.exit(), 4000)
