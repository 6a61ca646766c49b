import { describe, expect, it } from 'vitest'
import { local, Recorder, stranger } from '../../testing/recorder.ts'
import type { TlsFacts } from '../kinds.ts'
import { observeEncryptedDns } from './encrypted-dns.ts'

const facts = (change: Partial<TlsFacts>): Omit<TlsFacts, 'peer'> => ({
  transport: 'tcp',
  alpn: [],
  weak: [],
  weakOffered: [],
  completed: true,
  ...change,
})
const device = local(0, '192.168.1.7')

function told(change: Partial<TlsFacts>, ip: string, port: number) {
  const server = stranger(ip, port)
  const recorder = new Recorder(device, server)
  observeEncryptedDns(device, server, facts(change), true, 1, recorder)
  const [fact] = recorder.of('dns.encrypted')
  return fact?.data as { how: string; known: string; resolver: { name?: string } } | undefined
}

describe('encrypted DNS', () => {
  it.each([
    [{}, '192.0.2.1', 853, 'DoT port'],
    [{ alpn: ['dot'] }, '192.0.2.1', 443, 'DoT protocol'],
    [{ transport: 'quic', alpn: ['doq'] }, '192.0.2.1', 8853, 'DoQ protocol'],
    [{ transport: 'quic' }, '192.0.2.1', 853, 'DoQ port'],
    [{ sni: 'dns.google', alpn: ['h2'] }, '192.0.2.1', 443, 'DoH name'],
    [{ sni: 'abc123.dns.nextdns.io' }, '192.0.2.1', 443, 'DoH name'],
    [{}, '8.8.8.8', 443, 'DoH address'],
    [{ sni: 'doh.example.net', alpn: ['h2', 'http/1.1'] }, '192.0.2.1', 443, 'DoH likely-name'],
  ] as const)('%j to %s:%i is %s', (change, ip, port, what) => {
    const data = told(change, ip, port)
    expect(`${data?.how} ${data?.known}`).toBe(what)
  })

  it.each([
    [{ sni: 'example.com', alpn: ['h2'] }, '192.0.2.1', 443],
    [{ sni: 'www.google.com', alpn: ['h2'] }, '8.8.8.8', 443],
    [{ sni: 'dns.example.net' }, '192.0.2.1', 443],
    [{ sni: 'dns.google' }, '192.0.2.1', 8443],
    // the outer name of an encrypted hello is not the server's
    [{ sni: 'dns.google', ech: true }, '192.0.2.1', 443],
    [{}, '192.0.2.1', 443],
  ] as const)('%j to %s:%i is not', (change, ip, port) => {
    expect(told(change as Partial<TlsFacts>, ip, port)).toBeUndefined()
  })
})
