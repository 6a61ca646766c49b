import type { Device } from '../device.ts'
import type { Random } from '../random.ts'
import { every } from './common.ts'

/** An air sensor on a hobby board's module: MQTT in clear, with a password, the owner's e-mail address and where the house stands. */
export function sensor(random: Random): Device & { password: string } {
  const tail = [random.hex(2), random.hex(2), random.hex(2)]
  const mac = `5c:cf:7f:${tail.join(':')}`
  const id = `ESP_${tail.join('').toUpperCase()}`
  const password = `Luft${random.digits(5)}!x`
  const email = `${random.pick(['anna.linde', 'jan.ahorn', 'eva.birke', 'ole.eiche'])}@example.org`
  const latitude = `52.1${random.digits(4)}`
  const longitude = `5.3${random.digits(4)}`
  return {
    name: 'sensor',
    mac,
    password,
    hostname: id,
    client: 'udhcpc',
    ipv6: 'none',
    async live(host) {
      const clock = host.write('chrony.conf', `server 0.pool.ntp.org iburst\npidfile ${host.dir}/chrony.pid\ncmdport 0\n`)
      host.start(['chronyd', '-x', '-d', '-u', 'root', '-f', clock])
      const broker = ['-h', 'mqtt.airsense.example', '-V', 'mqttv311', '-u', 'airsense', '-P', password]
      host.start(['mosquitto_sub', ...broker, '-i', `${id}-in`, '-t', `airsense/${id}/set`])
      await every(5, 7000, (turn) =>
        host.run([
          'mosquitto_pub',
          ...broker,
          '-i',
          id,
          '-t',
          `airsense/${email}/state`,
          '-m',
          `{"pm25":${7 + turn},"lat":${latitude},"lon":${longitude}}`,
        ]),
      )
    },
    truth: (lab) => {
      const of = `eth.src == ${mac}`
      const broker = lab.cloud('mqtt.airsense.example')
      return {
        category: 'sensor',
        does: 'MQTT 3.1.1 in clear to its cloud with user and password; e-mail address in the topic, coordinates in the message; NTP without authentication; MAC in its host name',
        endpoints: [
          {
            name: 'mqtt.airsense.example',
            ip: broker,
            port: 1883,
            transport: 'tcp',
            protocol: 'mqtt',
            shown: `${of} && ip.dst == ${broker} && mqtt.clientid == "${id}"`,
          },
          {
            name: '0.pool.ntp.org',
            ip: lab.cloud('0.pool.ntp.org'),
            port: 123,
            transport: 'udp',
            protocol: 'ntp',
            shown: `${of} && ntp.flags.mode == 3`,
          },
        ],
        services: [],
        mustFind: [
          {
            check: 'cleartext-internet',
            outcome: ['fail'],
            because: 'MQTT on port 1883',
            shown: `${of} && ip.dst == ${broker} && mqtt.msgtype == 3`,
          },
          {
            check: 'credentials-in-clear',
            outcome: ['fail'],
            about: 'internet mqtt',
            because: 'user and password in CONNECT',
            shown: `${of} && mqtt.username == "airsense" && mqtt.passwd == "${password}"`,
          },
          {
            check: 'personal-data-in-clear',
            outcome: ['fail'],
            about: 'email internet',
            because: 'an e-mail address in the topic',
            shown: `${of} && mqtt.topic contains "${email}"`,
          },
          {
            check: 'personal-data-in-clear',
            outcome: ['fail'],
            about: 'coordinates internet',
            because: 'coordinates in the message',
            shown: `${of} && mqtt && frame contains "lat\\":${latitude}" && frame contains "lon\\":${longitude}"`,
          },
          {
            check: 'unauthenticated-time',
            outcome: ['fail', 'warn'],
            because: 'NTP without NTS or key',
            shown: `${of} && ntp && !ntp.ext.type && !ntp.keyid`,
          },
          {
            check: 'names-revealed',
            outcome: ['fail', 'warn'],
            because: 'its host name ends in the tail of its MAC',
            shown: `${of} && dhcp.option.hostname == "${id}"`,
          },
        ],
        mustNotFind: [
          { check: 'default-credentials', outcome: ['fail', 'warn'], because: 'the password is its own' },
          {
            check: 'dangerous-services',
            outcome: ['fail', 'warn'],
            because: 'offers none',
            absent: `${of} && tcp.flags == 0x012`,
          },
          {
            check: 'trackers',
            outcome: ['fail', 'warn'],
            because: 'none',
            absent: `${of} && dns.qry.name matches "(analytics|doubleclick|scorecard)"`,
          },
          { check: 'firmware-unprotected', outcome: ['fail', 'warn'], because: 'fetches none', absent: `${of} && http` },
          {
            check: 'hardcoded-resolver',
            outcome: ['fail', 'warn'],
            because: 'asks the router',
            absent: `${of} && udp.dstport == 53 && !(ip.dst == ${lab.router.ip})`,
          },
          { check: 'broken-lan-protocol', outcome: ['fail', 'warn'], because: 'speaks none' },
        ],
      }
    },
  }
}
