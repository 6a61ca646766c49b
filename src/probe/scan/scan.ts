import type { DeviceProbe } from '../probe.ts'

/** Finds TCP ports on which somebody answers. */
export const scan: DeviceProbe = {
  of: 'device',
  id: 'scan',
  title: 'Ports',
  ms: 90_000,
  asks: () => ['opens a TCP connection to each port and closes it again'],
  async run({ asker, target, ports, open, note }) {
    let [closed, silent] = [0, 0]
    const shown: Parameters<typeof note>[3][number][] = []
    await Promise.all(
      ports.map(async (port) => {
        const conversation = await asker.connect(target.ip, port, 'asks whether anybody listens there', { ms: 3000 })
        conversation.close()
        if (conversation.listened) {
          open.push({ transport: 'tcp', port, protocol: '', tls: false })
          note('probe.service', `tcp/${port}`, { transport: 'tcp', port, protocol: '' }, [conversation.ref])
          shown.push(conversation.ref)
        } else if (conversation.entry.ended === 'refused') {
          closed++
          if (shown.length < 4) shown.push(conversation.ref)
        } else silent++
      }),
    )
    open.sort((a, b) => a.port - b.port)
    note(
      'probe.ports',
      'tcp',
      { transport: 'tcp', asked: ports.length, open: open.length, closed, silent, which: `${ports.length} ports` },
      shown,
    )
  },
}
