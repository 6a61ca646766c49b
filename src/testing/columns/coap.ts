import type { CoapMessage } from '../../decode/protocols/coap.ts'
import type { Column } from '../agree.ts'

const TYPES = ['confirmable', 'non-confirmable', 'acknowledgement', 'reset']
/** CoAP in tshark's fields. */
export const coapColumns: readonly Column<CoapMessage>[] = [
  { field: 'coap.type', ours: (ms) => ms.map((m) => String(TYPES.indexOf(m.type))) },
  { field: 'coap.code', ours: (ms) => ms.map((m) => String(Number(m.code[0]) * 32 + Number(m.code.slice(2)))) },
  { field: 'coap.mid', ours: (ms) => ms.map((m) => String(m.messageId)) },
  { field: 'coap.token_len', ours: (ms) => ms.map((m) => String(m.tokenLength)) },
  { field: 'coap.opt.uri_path', ours: (ms) => ms.flatMap((m) => m.path?.slice(1).split('/') ?? []) },
  {
    field: 'coap.opt.uri_query',
    ours: (ms) => ms.flatMap((m) => m.queryKeys),
    theirs: (queries) => queries.map((query) => query.replace(/=.*/, '')),
  },
  { field: 'coap.opt.uri_host', ours: (ms) => ms.flatMap((m) => m.host ?? []) },
  {
    field: 'coap.opt.ctype',
    ours: (ms) => ms.flatMap((m) => (m.contentFormat === undefined ? [] : [String(m.contentFormat)])),
    theirs: (formats) => formats.map(formatNumber),
  },
]

/** IANA's numbers of the formats that tshark names. */
function formatNumber(name: string): string {
  return (
    {
      'text/plain; charset=utf-8': '0',
      'application/link-format': '40',
      'application/octet-stream': '42',
      'application/json': '50',
      'application/cbor': '60',
    }[name] ?? name.replace('Unknown Type ', '')
  )
}
