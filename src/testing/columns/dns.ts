import {
  A,
  AAAA,
  CNAME,
  type DnsFields,
  type DnsRecord,
  HTTPS,
  MX,
  NS,
  PTR,
  SOA,
  SRV,
  SVCB,
  TXT,
} from '../../decode/protocols/dns-message.ts'
import type { MessageBase } from '../../decode/message.ts'
import type { Column } from '../agree.ts'

export type Any = DnsFields & MessageBase

const records = (messages: readonly Any[]): DnsRecord[] =>
  messages.flatMap((m) => [...m.answers, ...m.authorities, ...m.additionals])
/** tshark's word for the name that RFC 1035 section 3.1 writes with no label. */
const root = (name: string): string => (name === '.' ? '<Root>' : name)
const targets =
  (...types: number[]) =>
  (messages: readonly Any[]) =>
    records(messages)
      .filter((r) => types.includes(r.type) && r.target !== '')
      .map((r) => root(r.target))
const NSEC = [47, 50]

/** DNS, mDNS and LLMNR in tshark's fields. */
export const dnsColumns: readonly Column<Any>[] = [
  { field: 'dns.flags.response', ours: (ms) => ms.map((m) => (m.response ? '1' : '0')) },
  { field: 'dns.flags.opcode', ours: (ms) => ms.map((m) => String(m.opcode)) },
  // tshark shows the header's four bits; ours has EDNS's eight above them
  { field: 'dns.flags.rcode', ours: (ms) => ms.filter((m) => m.response).map((m) => String(m.rcode & 15)) },
  { field: 'dns.flags.authoritative', ours: (ms) => ms.filter((m) => m.response).map((m) => (m.authoritative ? '1' : '0')) },
  { field: 'dns.qry.name', ours: (ms) => ms.flatMap((m) => m.questions.map((q) => root(q.name))) },
  { field: 'dns.qry.type', ours: (ms) => ms.flatMap((m) => m.questions.map((q) => String(q.type))) },
  // tshark names a SRV record's owner in three pieces of its own and counts OPT among the records
  {
    field: 'dns.resp.name',
    ours: (ms) =>
      records(ms)
        .filter((r) => r.type !== SRV)
        .map((r) => root(r.name)),
    theirs: (names, row) => without(names, row[EDNS]!.length > 0 ? ['<Root>'] : []),
  },
  // it uses the same field for the types listed inside of NSEC and NSEC3 records: compared where there are none
  {
    field: 'dns.resp.type',
    ours: (ms) => (records(ms).some((r) => NSEC.includes(r.type)) ? [] : records(ms).map((r) => String(r.type))),
    theirs: (types) => (types.some((type) => NSEC.includes(Number(type))) ? [] : types.filter((type) => type !== '41')),
  },
  { field: 'dns.a', ours: targets(A) },
  { field: 'dns.aaaa', ours: targets(AAAA) },
  { field: 'dns.cname', ours: targets(CNAME) },
  { field: 'dns.ptr.domain_name', ours: targets(PTR) },
  { field: 'dns.ns', ours: targets(NS) },
  { field: 'dns.mx.mail_exchange', ours: targets(MX) },
  { field: 'dns.soa.mname', ours: targets(SOA) },
  { field: 'dns.srv.target', ours: targets(SRV) },
  {
    field: 'dns.srv.port',
    ours: (ms) =>
      records(ms)
        .filter((r) => r.type === SRV && r.target !== '')
        .map((r) => String(r.port)),
  },
  // a single empty string leaves tshark's cell empty
  {
    field: 'dns.txt',
    ours: (ms) =>
      unlessEmpty(
        records(ms)
          .filter((r) => r.type === TXT)
          .flatMap((r) => r.texts),
      ),
  },
  { field: 'dns.svcb.targetname', ours: targets(SVCB, HTTPS) },
  {
    field: 'dns.svcb.svcpriority',
    ours: (ms) =>
      records(ms)
        .filter((r) => r.service !== undefined)
        .map((r) => String(r.priority)),
  },
  { field: 'dns.svcb.svcparam.alpn', ours: (ms) => records(ms).flatMap((r) => r.service?.alpn ?? []) },
  { field: 'dns.svcb.svcparam.ipv4hint.ip', ours: (ms) => records(ms).flatMap((r) => r.service?.ipv4hint ?? []) },
  { field: 'dns.svcb.svcparam.ipv6hint.ip', ours: (ms) => records(ms).flatMap((r) => r.service?.ipv6hint ?? []) },
  // in mDNS it prints it in hex
  {
    field: 'dns.rr.udp_payload_size',
    ours: (ms) => ms.flatMap((m) => (m.edns ? [String(m.edns.udpSize)] : [])),
    theirs: (sizes) => sizes.map((size) => String(Number(size))),
  },
]
const EDNS = dnsColumns.length - 1

const unlessEmpty = (texts: string[]): string[] => (texts.length === 1 && texts[0] === '' ? [] : texts)

function without(names: readonly string[], one: readonly string[]): string[] {
  const kept = [...names]
  for (const name of one) {
    const at = kept.lastIndexOf(name)
    if (at >= 0) kept.splice(at, 1)
  }
  return kept
}
