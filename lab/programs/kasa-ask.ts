/** `kasa-ask HOST BROADCAST`: finds the plug by broadcast, then switches it on and off over TCP. */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { framed, scramble } from './kasa-cipher.ts'

const [host, broadcast] = process.argv.slice(2)
const sysinfo = '{"system":{"get_sysinfo":{}}}'
const udp = createSocket('udp4')
udp.bind(() => {
  udp.setBroadcast(true)
  udp.send(scramble(sysinfo), 9999, broadcast)
  setTimeout(() => udp.close(), 1500)
})
const requests = [sysinfo, '{"system":{"set_relay_state":{"state":1}}}', '{"system":{"set_relay_state":{"state":0}}}']
const tcp = connect(9999, host, () => tcp.write(framed(requests.shift()!)))
tcp.on('data', () => {
  const next = requests.shift()
  setTimeout(() => (next ? tcp.write(framed(next)) : tcp.end()), 800)
})
tcp.on('error', () => {})
