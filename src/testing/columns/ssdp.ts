import type { SsdpMessage } from '../../decode/protocols/ssdp.ts'
import type { Column } from '../agree.ts'

/** SSDP in tshark's fields. */
export const ssdpColumns: readonly Column<SsdpMessage>[] = [
  {
    field: 'http.request.method',
    ours: (ms) => ms.flatMap((m) => (m.type === 'notify' ? ['NOTIFY'] : m.type === 'search' ? ['M-SEARCH'] : [])),
  },
  { field: 'http.response.code', ours: (ms) => ms.flatMap((m) => (m.status === undefined ? [] : [String(m.status)])) },
  { field: 'http.server', ours: (ms) => ms.flatMap((m) => m.server ?? []) },
  { field: 'http.location', ours: (ms) => ms.flatMap((m) => m.location ?? []) },
  { field: 'http.user_agent', ours: (ms) => ms.flatMap((m) => m.agent ?? []) },
  // headers that it has no field of their own for are in one of three
  {
    field: 'http.unknown_header',
    ours: (ms) => ms.map(told),
    theirs: (values, row) => lines([...values, ...row[MORE]!, ...row[MORE + 1]!]),
  },
  { field: 'http.request.line', ours: () => [], theirs: () => [] },
  { field: 'http.response.line', ours: () => [], theirs: () => [] },
]
const MORE = ssdpColumns.length - 2

/** NT or ST, and USN, as one text. */
function told(m: SsdpMessage): string {
  return [m.target, m.usn ?? ''].join(' | ')
}

function lines(values: readonly string[]): string[] {
  const find = (name: RegExp): string =>
    values
      .find((line) => name.test(line))
      ?.replace(name, '')
      .replace(/(\\r)?(\\n)?$/, '')
      .trim() ?? ''
  return [[find(/^(NT|ST) *:/i), find(/^USN *:/i)].join(' | ')]
}
