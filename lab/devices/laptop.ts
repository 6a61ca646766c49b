import type { Device } from '../device.ts'
import { program } from '../host.ts'
import type { Random } from '../random.ts'

/** A laptop with something nasty on it: guesses the camera's Telnet password until it is in. */
export function laptop(random: Random, right: [string, string]): Device {
  const mac = `3c:6a:a7:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`
  const guesses: [string, string][] = [
    ...([
      ['root', 'root'],
      ['root', '12345'],
      ['admin', 'password'],
      ['root', '888888'],
      ['support', 'support'],
      ['root', 'default'],
    ] as [string, string][]),
    ...([
      ['root', '54321'],
      ['user', 'user'],
      ['root', 'pass'],
      ['admin', '1234'],
      ['guest', 'guest'],
      ['root', '1111'],
    ] as [string, string][]),
    ...([
      ['root', '666666'],
      ['root', 'password'],
      ['root', '1234'],
      ['root', 'klv123'],
      ['admin', 'smcadmin'],
      ['admin', '1111'],
    ] as [string, string][]),
    ...([
      ['admin', '54321'],
      ['root', 'user'],
      ['root', 'system'],
      ['root', 'dreambox'],
      ['root', 'realtek'],
      ['tech', 'tech'],
    ] as [string, string][]),
  ]
  return {
    name: 'laptop',
    mac,
    hostname: `${random.pick(['annas', 'jans', 'evas', 'oles'])}-laptop`,
    vendorClass: 'MSFT 5.0',
    client: 'udhcpc',
    ipv6: 'private',
    async live() {},
    async act(host, lab) {
      await host.run([...program('telnet'), lab.ip('camera'), ...guesses.flat(), ...right, '--', 'cat /proc/version', 'ps'], {
        seconds: 40,
      })
    },
    truth: () => {
      const of = `eth.src == ${mac}`
      return {
        category: 'computer',
        does: "guesses the camera's Telnet password: two dozen bad pairs, then the right one",
        endpoints: [],
        services: [],
        mustFind: [
          {
            check: 'attacks-others',
            outcome: ['fail'],
            says: '25 log-ins tried by Telnet',
            because: 'two dozen bad log-ins in a row at the camera, then the right one',
            shown: `${of} && tcp.dstport == 23 && telnet.data contains "dreambox"`,
          },
          {
            check: 'cleartext-local',
            outcome: ['inconclusive'],
            because: "Telnet, which is the camera's",
            shown: `${of} && tcp.dstport == 23 && telnet`,
          },
          {
            check: 'credentials-in-clear',
            outcome: ['inconclusive'],
            because: 'the pair that was right crossed the network in clear, as the camera demands',
            shown: `${of} && tcp.dstport == 23 && telnet.data contains "${right[1]}"`,
          },
          {
            check: 'default-credentials',
            outcome: ['inconclusive'],
            because: 'it logs in with a published pair, which the camera takes',
            shown: `${of} && tcp.dstport == 23 && telnet.data contains "cat /proc/version"`,
          },
          // "annas-laptop" names a person to a reader; that a program cannot be sure of it is honest too.
          {
            check: 'names-revealed',
            outcome: ['fail', 'warn', 'inconclusive'],
            because: "its host name holds its owner's",
            shown: `${of} && dhcp.option.hostname contains "-laptop"`,
          },
        ],
        mustNotFind: [
          {
            check: 'brute-force-tolerated',
            outcome: ['fail', 'warn', 'pass'],
            because: 'it guesses; nobody guesses at it',
            absent: `${of} && tcp.flags == 0x012`,
          },
          {
            check: 'dangerous-services',
            outcome: ['fail', 'warn'],
            because: 'offers none',
            absent: `${of} && tcp.flags == 0x012`,
          },
          {
            check: 'cleartext-internet',
            outcome: ['fail', 'warn'],
            because: 'it sends nothing out',
            absent: `${of} && ip.dst != 192.168.50.0/24 && tcp`,
          },
          {
            check: 'trackers',
            outcome: ['fail', 'warn'],
            because: 'none',
            absent: `${of} && dns.qry.name matches "(analytics|doubleclick|scorecard)"`,
          },
        ],
      }
    },
  }
}
