import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { askDevice } from '../../testing/asking.ts'
import { file, folder, freePort, missing, start, stopAll } from '../../testing/daemons.ts'
import { hangUp, listen } from '../../testing/listeners.ts'
import { interfaces } from './interfaces.ts'

afterAll(hangUp)
afterAll(stopAll)

const ask = async (protocol: string, port: number, full = false) => {
  const asked = await askDevice(interfaces, [{ protocol, port }], { full })
  return { ...asked, offers: asked.of('probe.interface') }
}

/** A camera: its pictures at one path, with or without a log-in. */
function camera(open: boolean, path = '/stream1'): Promise<number> {
  const sdp = 'v=0\r\nm=video 0 RTP/AVP 96\r\nm=audio 0 RTP/AVP 0\r\n'
  return listen((socket) =>
    socket.on('data', (data) => {
      const [method, url] = data.toString('latin1').split(' ')
      const head = (status: string, ...more: string[]) => ['RTSP/1.0 ' + status, 'CSeq: 1', ...more, '', ''].join('\r\n')
      if (method !== 'DESCRIBE') return socket.write(head('455 Method Not Valid'))
      if (!open) return socket.write(head('401 Unauthorized', 'WWW-Authenticate: Digest realm="x", nonce="1"'))
      if (!url!.endsWith(path)) return socket.write(head('404 Not Found'))
      return socket.write(head('200 OK', 'Content-Type: application/sdp', `Content-Length: ${sdp.length}`) + sdp)
    }),
  )
}

describe.concurrent('interfaces without a log-in', () => {
  it('shows a stream that is described to anybody, and none that is not', async () => {
    const { offers, facts, transcript } = await ask('rtsp', await camera(true))
    expect(offers).toMatchObject([
      {
        protocol: 'rtsp',
        gives: 'stream',
        what: expect.stringMatching(/^rtsp:\S+\/stream1: video and audio, described without a log-in$/),
      },
    ])
    expect(transcript[facts[0]!.shown[0]!.entry - 1]!.said.map(({ text }) => text).join()).toContain('DESCRIBE')
    const closed = await ask('rtsp', await camera(false))
    expect(closed.offers).toEqual([])
    // who wants a log-in wants it for every path: it is not asked again
    expect(closed.transcript).toHaveLength(1)
    expect((await ask('rtsp', await camera(true, '/nowhere'))).offers).toEqual([])
  })

  it('asks ONVIF what it tells to anybody', async () => {
    const serve = (open: boolean) =>
      new Promise<{ port: number; asked: string[] }>((resolve) => {
        const asked: string[] = []
        const server = createServer((request, response) => {
          let body = ''
          request.on('data', (piece) => (body += piece))
          request.on('end', () => {
            const name = /<w:(Get\w+)/.exec(body)?.[1] ?? ''
            asked.push(name)
            const inner =
              open || name === 'GetCapabilities'
                ? `<tds:${name}Response xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><tds:Manufacturer>Lens</tds:Manufacturer><tds:Model>C1</tds:Model><tds:FirmwareVersion>1.2</tds:FirmwareVersion></tds:${name}Response>`
                : `<s:Fault xmlns:ter="http://www.onvif.org/ver10/error"><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault>`
            response.setHeader('Content-Type', 'application/soap+xml').writeHead(open || name === 'GetCapabilities' ? 200 : 400)
            response.end(
              `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${inner}</s:Body></s:Envelope>`,
            )
          })
        }).listen(0, '127.0.0.1', () => resolve({ port: (server.address() as { port: number }).port, asked }))
        server.unref()
      })
    const [open, closed] = [await serve(true), await serve(false)]
    const told = await ask('http', open.port, true)
    expect(told.offers.filter(({ protocol }) => protocol === 'onvif')).toMatchObject([
      {
        what: expect.stringContaining('GetDeviceInformation'),
        gives: 'read',
        detail: { manufacturer: 'Lens', model: 'C1', firmware: '1.2' },
      },
      { what: expect.stringContaining('GetProfiles') },
    ])
    expect(open.asked).not.toContain('GetStreamUri')
    expect((await ask('http', closed.port, true)).offers).toEqual([])
  })

  it('reads UPnP descriptions, asks a router one thing, and changes nothing', async () => {
    const serve = (router: boolean) =>
      new Promise<{ port: number; asked: string[] }>((resolve) => {
        const asked: string[] = []
        const server = createServer((request, response) => {
          asked.push(`${request.method} ${request.url} ${String(request.headers['soapaction'] ?? '')}`)
          request.resume()
          const type = router ? 'WANIPConnection' : 'SwitchPower'
          if (request.method === 'POST')
            return response
              .writeHead(200, { 'content-type': 'text/xml' })
              .end(
                '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:R xmlns:u="x"><NewExternalIPAddress>203.0.113.9</NewExternalIPAddress></u:R></s:Body></s:Envelope>',
              )
          if (request.url !== '/rootDesc.xml') return response.writeHead(404).end()
          return response.end(
            `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceType>urn:schemas-upnp-org:device:Thing:1</deviceType><friendlyName>It</friendlyName><UDN>uuid:1</UDN><serviceList><service><serviceType>urn:schemas-upnp-org:service:${type}:1</serviceType><controlURL>/ctl</controlURL></service></serviceList></device></root>`,
          )
        }).listen(0, '127.0.0.1', () => resolve({ port: (server.address() as { port: number }).port, asked }))
        server.unref()
      })
    const router = await serve(true)
    const asked = await ask('http', router.port, true)
    expect(asked.offers.filter(({ protocol }) => protocol === 'upnp')).toMatchObject([
      { gives: 'read', what: 'the description of Thing, with WANIPConnection', detail: { name: 'It' } },
      { gives: 'control', what: expect.stringContaining('GetExternalIPAddress'), detail: { address: '203.0.113.9' } },
    ])
    expect(router.asked.filter((line) => line.includes('#'))).toEqual([
      'POST /ctl "urn:schemas-upnp-org:service:WANIPConnection:1#GetExternalIPAddress"',
    ])
    // what is no router's is listed, and not asked to do anything
    const lamp = await serve(false)
    expect((await ask('http', lamp.port, true)).offers.map(({ gives }) => gives)).toEqual(['read'])
    expect(lamp.asked.filter((line) => line.startsWith('POST /ctl'))).toEqual([])
  })

  it('asks a Modbus device who it is, and nothing more', async () => {
    const port = await listen((socket) =>
      socket.on('data', (data) => {
        // Read Device Identification: vendor, product, revision
        const objects = ['Acme', 'P1', '1.0'].map((text, n) => Buffer.concat([Buffer.of(n, text.length), Buffer.from(text)]))
        const pdu = Buffer.concat([Buffer.from('2b0e01010000', 'hex'), Buffer.of(3), ...objects])
        const head = Buffer.from(data.subarray(0, 7))
        head.writeUInt16BE(pdu.length + 1, 4)
        socket.write(Buffer.concat([head, pdu]))
      }),
    )
    const { offers, transcript } = await ask('modbus', port)
    expect(offers).toMatchObject([{ protocol: 'modbus', gives: 'read', detail: { vendor: 'Acme' } }])
    expect(transcript).toHaveLength(1)
  })

  it('is in trouble with who does not answer, and finds nothing', async () => {
    for (const protocol of ['rtsp', 'mqtt', 'modbus', 'http']) {
      const { offers } = await ask(protocol, await listen(() => undefined))
      expect(offers, protocol).toEqual([])
    }
    const { troubles } = await ask('rtsp', await listen(() => undefined))
    expect(troubles).toMatchObject([{ reason: expect.stringContaining('gave no answer to DESCRIBE') }])
  })
})

describe.skipIf(missing('mosquitto'))(`a broker${missing('mosquitto')}`, () => {
  it('is listened to where it lets anybody in, and publishes nothing', async () => {
    const home = folder()
    const [open, closed, heard] = [await freePort(), await freePort(), await freePort()]
    const passwords = file(join(home, 'passwords'), '')
    await Promise.all([
      start(
        ['mosquitto', '-c', file(join(home, 'open.conf'), `user root\nlistener ${open} 127.0.0.1\nallow_anonymous true\n`)],
        open,
      ),
      start(
        [
          'mosquitto',
          '-c',
          file(
            join(home, 'closed.conf'),
            `user root\nlistener ${closed} 127.0.0.1\nallow_anonymous false\npassword_file ${passwords}\n`,
          ),
        ],
        closed,
      ),
      start(
        [
          'mosquitto',
          '-c',
          file(
            join(home, 'acl.conf'),
            `user root\nlistener ${heard} 127.0.0.1\nallow_anonymous true\nacl_file ${file(join(home, 'acl'), 'topic read home/public\n')}\n`,
          ),
        ],
        heard,
      ),
    ])
    await retained(open, 'home/door', 'the pin is 4711')
    const { offers, transcript: listened } = await ask('mqtt', open)
    expect(offers).toMatchObject([{ gives: 'read', what: expect.stringContaining('shows every topic: home/door') }])
    // topics are told, messages are not kept
    expect(JSON.stringify(listened)).not.toContain('4711')
    expect((await ask('mqtt', closed)).offers).toEqual([])
    const { transcript } = await ask('mqtt', heard)
    // CONNECT, SUBSCRIBE, DISCONNECT: no PUBLISH (0x30 to 0x3f)
    const ours = transcript.flatMap(({ said }) => said.filter(({ by }) => by === 'us').map(({ text }) => text))
    expect(ours).toHaveLength(3)
    expect(ours.every((text) => !/^[0-?]/.test(text))).toBe(true)
  })
})

/** Leaves a message with a broker (MQTT 3.1.1, section 3.3): CONNECT, PUBLISH with RETAIN, DISCONNECT. */
async function retained(port: number, topic: string, message: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  const field = Buffer.concat([Buffer.of(0, topic.length), Buffer.from(topic), Buffer.from(message)])
  socket.write(Buffer.from('100d00044d5154540402003c000174', 'hex'))
  socket.write(Buffer.concat([Buffer.of(0x31, field.length), field]))
  socket.end(Buffer.from('e000', 'hex'))
  socket.resume()
  await once(socket, 'close')
}
