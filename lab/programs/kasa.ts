/** `kasa MAC DEVICE-ID`: a smart plug's control protocol on TCP and UDP port 9999. */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { framed, scramble, unscramble } from './kasa-cipher.ts'

const [mac, deviceId] = process.argv.slice(2)
let relay = 0

function answer(request: string): string {
  const asked = JSON.parse(request) as { system?: { get_sysinfo?: unknown; set_relay_state?: { state: number } } }
  if (asked.system?.set_relay_state) {
    relay = asked.system.set_relay_state.state
    return '{"system":{"set_relay_state":{"err_code":0}}}'
  }
  const info = {
    err_code: 0,
    sw_ver: '1.5.4 Build 180815 Rel.121440',
    hw_ver: '2.0',
    type: 'IOT.SMARTPLUGSWITCH',
    model: 'HS110(EU)',
    mac: mac!.toUpperCase(),
    deviceId,
    alias: 'Heater',
    relay_state: relay,
    on_time: 0,
    feature: 'TIM:ENE',
    updating: 0,
    rssi: -52,
    led_off: 0,
    latitude: 52.1561,
    longitude: 5.3878,
  }
  return JSON.stringify({ system: { get_sysinfo: info } })
}

createServer((socket) => {
  let held = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0)
      socket.write(framed(answer(unscramble(held.subarray(4, end)))))
      held = held.subarray(end)
    }
  })
}).listen(9999, '0.0.0.0')
const udp = createSocket('udp4', (message, from) => udp.send(scramble(answer(unscramble(message))), from.port, from.address))
udp.bind(9999)
