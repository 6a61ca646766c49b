import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Kinds } from '../../evidence/kinds.ts'
import { PathTrouble, script, Table } from '../path/table.ts'
import { isNear, nearOf } from '../path/near.ts'
import { mustForward, whoIs } from '../path/who.ts'
import type { DeviceAsking, DeviceProbe } from '../probe.ts'
import { confided } from './confided.ts'
import { meet } from './handshake.ts'
import type { EntryRef } from '../../evidence/pointer.ts'
import { WentOn } from './went-on.ts'
import { firstBytes, looksLikeTls, sniOf } from './hello.ts'
import { Names, POOL } from './names.ts'
import { Forger, type Offer, OFFER_WORDS, OFFERS, type Shown, type Trusted } from './offers.ts'
import { Resolver } from './resolver.ts'
import { impostorRules } from './rules.ts'

export interface ImpostorOptions {
  /** How long to answer in its servers' place, in seconds. */
  readonly seconds: number
  /** What the device trusts, so that a wrong name or date can be the only fault. */
  readonly trusted?: readonly Trusted[]
  /** Who knows names in truth, 'ip' or 'ip:port'; undefined: the system's resolver. */
  readonly resolver?: string
  readonly onProgress?: (said: string) => void
}

type Fact = Kinds['probe.impostor']

/** By default. */
export const IMPOSTOR_SECONDS = 120

/** Servers that are remembered: more than a thing calls. */
const MAX_SERVERS = 256
/** Calls that are answered at once. */
const MAX_CALLS = 64

/**
 * For a device whose traffic passes this machine: answers its DNS and its TLS in its servers' place with certificates that must be refused. Whatever is not
 * TLS goes on to where it was meant for; so does TLS once a server's every offer is settled.
 */
export function impostor(options: ImpostorOptions): DeviceProbe {
  return {
    of: 'device',
    id: 'impostor',
    title: 'Impostor',
    ms: options.seconds * 1000 + 30_000,
    undoMs: 5000,
    asks: () => asks(options.seconds),
    exactly: () => exactly(options.seconds),
    async run(asking) {
      try {
        const { ip } = asking.target
        mustForward(ip)
        await new Impostor(asking, options).run()
      } catch (error) {
        if (!(error instanceof PathTrouble)) throw error
        asking.trouble('', error.message, error.next)
      }
    },
  }
}

function asks(seconds: number): string[] {
  return [
    'opens a TCP connection to its port 443 and closes it again, so that its hardware address is known',
    `for ${seconds} seconds answers the device's DNS: each name with an address of ${POOL}, nothing for IPv6; the real resolver is asked where it is, and answers all other questions`,
    `answers its TLS calls in the place of its servers, each call with one certificate that must be refused: ${OFFERS.map((offer) => OFFER_WORDS[offer]).join(', ')}`,
    'ends its TCP connections that are open, and refuses QUIC (UDP port 443), so that it calls again by TCP',
    'passes all else on to where it was meant for',
    'by these rules of nftables, for this device alone; they go in every way of ending (its hardware address, the ports and the networks that are near are examples):',
  ]
}

function exactly(seconds: number): string[] {
  const rules = impostorRules(
    { by: 'mac', address: '02:00:00:00:00:01' },
    seconds,
    { dns: 5353, calls: 4433 },
    { v4: ['192.168.1.1/24'], v6: [] },
  )
  return script('assay_impostor', rules).trimEnd().split('\n')
}

let tables = 0

interface Called {
  server: string
  port: number
  /** What is still to be offered. */
  left: Offer[]
  /** What came of those that were tried in vain. */
  why: Map<Offer, string>
  /** Its true server was let through to it: whether it went on with that, and the entry that shows it. */
  genuine?: { wentOn: boolean; ref: EntryRef }
}

class Impostor {
  private readonly asking: DeviceAsking
  private readonly options: ImpostorOptions
  private readonly names = new Names()
  /** By 'server:port'. */
  private readonly servers = new Map<string, Called>()
  private readonly held = new Set<Socket>()
  private readonly over = new AbortController()
  private readonly working = new Set<Promise<void>>()
  private table: Table | undefined
  private forger: Forger | undefined
  private looking: Promise<(string | number)[][]> | undefined
  private came = 0
  private refusedRoom = false

  constructor(asking: DeviceAsking, options: ImpostorOptions) {
    this.asking = asking
    this.options = options
  }

  async run(): Promise<void> {
    const { asking, options } = this
    const { target, asker } = asking
    this.forger = await Forger.create(options.trusted)
    // so that its hardware address is known to this machine
    const hello = await asker.connect(target.ip, 443, 'looks whether it is there, before its calls are answered', {
      ms: 1500,
      connectMs: 1000,
    })
    hello.close()
    const who = await whoIs(target)
    const near = nearOf(target.ip)
    const listener = await this.listen()
    const resolver = await Resolver.listen({
      ...(options.resolver === undefined ? {} : { upstream: options.resolver }),
      isNear: isNear(near),
      answer: (name, real) => this.address(name, real),
    })
    try {
      const { port: calls } = listener.address() as { port: number }
      const rules = impostorRules(who, options.seconds + 10, { dns: resolver.port, calls }, near)
      this.table = await Table.create(`assay_impostor_${process.pid}_${++tables}`, rules)
      options.onProgress?.(
        `Answering the calls of ${target.ip} for ${options.seconds} seconds: restart it now, so that it calls.`,
      )
      await delay(options.seconds * 1000, undefined, asker.signal ? { signal: asker.signal } : {}).catch(() => undefined)
      const look = await this.table.look()
      this.over.abort()
      await Promise.race([Promise.allSettled(this.working), delay(200)])
      this.conclude(look.counted('seen'), look.counted('turned'))
    } finally {
      this.over.abort()
      for (const socket of this.held) socket.destroy()
      listener.close()
      resolver.close()
      if (this.table && !(await this.table.remove()))
        asking.trouble(
          'undo',
          `The rules that turn its calls to this machine could not be removed.`,
          `Remove them by hand: sudo nft delete table inet ${this.table.name}`,
        )
    }
  }

  /** An address of ours for a name; everything but calls is led from there to where the name really is. */
  private async address(name: string, real: readonly string[]): Promise<string | undefined> {
    const given = this.names.addressOf(name, real)
    if (!given) return undefined
    const target = real.find((ip) => !ip.includes(':'))
    if (given.isNew && target !== undefined)
      await this.table?.add('real', [`${given.address} : ${target}`]).catch(() => undefined)
    return given.address
  }

  private async listen(): Promise<Server> {
    const listener = createServer({ pauseOnConnect: true }, (socket) => {
      this.held.add(socket)
      socket.on('close', () => this.held.delete(socket))
      socket.on('error', () => socket.destroy())
      const work = this.call(socket)
        .catch(() => undefined)
        .finally(() => {
          this.working.delete(work)
        })
      this.working.add(work)
    })
    listener.maxConnections = MAX_CALLS
    listener.listen(0)
    await once(listener, 'listening')
    return listener
  }

  private async call(socket: Socket): Promise<void> {
    const meant = await this.meantFor(socket)
    if (!meant) return void socket.destroy()
    this.came++
    const first = await firstBytes(socket)
    if (first.length > 0) socket.unshift(first)
    if (!looksLikeTls(first)) return this.passOn(socket, meant)
    const name = sniOf(first) ?? this.names.nameOf(meant.ip) ?? meant.ip
    const server = this.serverOf(name, meant.port)
    const offer = server?.left.shift()
    if (!server || offer === undefined) return this.passOn(socket, meant, server)
    await this.offer(socket, server, offer)
  }

  private async offer(socket: Socket, server: Called, offer: Offer): Promise<void> {
    const { asker, note, target } = this.asking
    let shown: Shown
    try {
      shown = await this.forger!.offer(offer, server.server)
    } catch {
      server.left.push(offer)
      server.why.set(offer, 'no certificate can be made for such a name')
      return void socket.destroy()
    }
    const where = `${server.server}:${server.port}`
    const why = `answers its call to ${where} with ${OFFER_WORDS[offer]}`
    const entry = asker.transcript.begin('tcp', target.ip, socket.remotePort ?? 0, why)
    const began = Date.now()
    const met = await meet(socket, shown, this.over.signal)
    entry.ms = Date.now() - began
    asker.transcript.add(entry, 'us', Buffer.alloc(0), shown.says)
    const told = met.came.length > 0 ? confided(met.came) : undefined
    if (told) asker.transcript.add(entry, 'them', met.came, told.text)
    const ending = met.alert === undefined ? met.reason : `alert ${met.alert}`
    if (ending !== undefined) asker.transcript.add(entry, 'them', Buffer.alloc(0), ending)
    entry.ended = met.outcome === 'unclear' ? 'cut-off' : 'answered'
    if (met.reason !== undefined) entry.reason = met.reason
    if (met.outcome === 'unclear') {
      // it may be asked again, when it calls again
      server.left.push(offer)
      server.why.set(offer, met.reason ?? '')
      return
    }
    const fact: Fact = {
      server: server.server,
      port: server.port,
      offer,
      outcome: met.outcome,
      sent: met.came.length,
      ...(told ? { text: told.text } : {}),
      ...(told?.secret ? { secret: true } : {}),
      ...(met.alert === undefined ? {} : { alert: met.alert }),
      ...(met.reason === undefined ? {} : { reason: met.reason }),
      ...(shown.only ? { only: true } : {}),
    }
    note('probe.impostor', `${where} ${offer}`, fact, [asker.ref(entry)])
    this.options.onProgress?.(`${where}: ${met.outcome} ${OFFER_WORDS[offer]}`)
  }

  private serverOf(name: string, port: number): Called | undefined {
    const key = `${name}:${port}`
    let server = this.servers.get(key)
    if (!server) {
      if (this.servers.size >= MAX_SERVERS) {
        this.refusedRoom = true
        return undefined
      }
      server = { server: name, port, left: [...OFFERS], why: new Map() }
      this.servers.set(key, server)
    }
    return server
  }

  /** Where a call was going to, before it was turned to us; undefined for who was not turned to us. */
  private async meantFor(socket: Socket): Promise<{ ip: string; port: number } | undefined> {
    const { remoteAddress = '', remotePort } = socket
    const ip = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
    // several calls at a time look once; who came after the look began looks again
    for (let tries = 0; tries < 2; tries++) {
      const found = (await this.look()).find(([from, port]) => from === ip && port === remotePort)
      if (found) return { ip: String(found[2]), port: Number(found[3]) }
    }
    return undefined
  }

  private look(): Promise<(string | number)[][]> {
    this.looking ??= this.table!.look()
      .then((look) => [...look.elements('calls'), ...look.elements('calls6')])
      .catch(() => [])
      .finally(() => {
        this.looking = undefined
      })
    return this.looking
  }

  /** To where it was meant for, as if we were not here. What goes to a server that is known shows whether it is taken for the true one. */
  private async passOn(socket: Socket, meant: { ip: string; port: number }, server?: Called): Promise<void> {
    for (const ip of this.names.realOf(meant.ip)) {
      const far = connect({ host: ip, port: meant.port, signal: this.over.signal, timeout: 5000 })
      this.held.add(far)
      far.on('close', () => this.held.delete(far))
      const opened = await new Promise<boolean>((resolve) => {
        far.once('connect', () => resolve(true))
        far.once('error', () => resolve(false))
        far.once('timeout', () => resolve(false))
      })
      if (!opened) {
        far.destroy()
        continue
      }
      far.setTimeout(0)
      if (server && server.genuine?.wentOn !== true) this.watch(socket, far, server)
      far.on('error', () => socket.destroy())
      far.on('close', () => socket.destroy())
      socket.on('close', () => far.destroy())
      socket.pipe(far)
      far.pipe(socket)
      return
    }
    socket.destroy()
  }

  private watch(socket: Socket, far: Socket, called: Called): void {
    const { asker, target } = this.asking
    const { server, port } = called
    const why = `lets its call to ${server}:${port} through to the true server`
    const entry = asker.transcript.begin('tcp', target.ip, socket.remotePort ?? 0, why)
    const began = Date.now()
    const wentOn = new WentOn()
    const ref = asker.ref(entry)
    socket.on('data', (chunk: Buffer) => {
      if (wentOn.yes) return
      wentOn.feed(chunk)
      if (!wentOn.yes) return
      entry.ms = Date.now() - began
      entry.ended = 'answered'
      asker.transcript.add(entry, 'them', Buffer.alloc(0), 'it went on, and sent data to it (encrypted, not looked at)')
      called.genuine = { wentOn: true, ref }
    })
    socket.on('close', () => {
      if (wentOn.yes) return
      entry.ms = Date.now() - began
      entry.ended = 'cut-off'
      entry.reason = far.bytesRead > 0 ? 'it left, and had sent nothing' : 'the true server did not answer'
      // who left at our end, or heard nothing, has refused nothing
      if (far.bytesRead > 0 && !this.over.signal.aborted) called.genuine ??= { wentOn: false, ref }
    })
  }

  private conclude(seen: number, turned: number): void {
    const { note, trouble, target } = this.asking
    const { seconds } = this.options
    for (const { server, port, left, why, genuine } of this.servers.values()) {
      for (const offer of left) {
        const reason = why.get(offer) ?? 'it did not call again'
        note('probe.impostor', `${server}:${port} ${offer}`, { server, port, offer, outcome: 'not-tried', sent: 0, reason }, [])
      }
      if (!genuine) continue
      const outcome = genuine.wentOn ? 'accepted' : 'refused'
      note('probe.impostor', `${server}:${port} genuine`, { server, port, offer: 'genuine', outcome, sent: 0 }, [genuine.ref])
    }
    if (this.refusedRoom)
      trouble(
        'servers',
        `It called more than ${MAX_SERVERS} servers: the rest were not tried.`,
        'Ask again for a shorter time: --for 60s',
      )
    if (this.servers.size > 0) return
    if (seen === 0)
      trouble(
        '',
        `In ${seconds} seconds nothing that ${target.ip} sent to others passed this machine: its traffic does not come this way, or it was silent.`,
        'Put it behind this machine (docs/impostor.md shows how), restart it while it is asked, and see whether "ip neigh" names its address.',
      )
    else if (turned > 0 && this.came === 0)
      trouble(
        '',
        `${turned} calls of ${target.ip} were turned to this machine, and none came in: its own firewall drops them.`,
        'Let the device reach this machine by TCP while it is asked, then ask again.',
      )
    else
      trouble(
        '',
        `In ${seconds} seconds ${target.ip} called no server by TLS over TCP.`,
        'Restart the device while it is asked, and give it longer: --for 10m',
      )
  }
}
