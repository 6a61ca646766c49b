import type { NbnsMessage } from '../../decode/protocols/nbns.ts'
import type { Column } from '../agree.ts'

const records = (messages: readonly NbnsMessage[]) => messages.flatMap((m) => [...m.answers, ...m.authorities, ...m.additionals])

/** NetBIOS name service in tshark's fields. */
export const nbnsColumns: readonly Column<NbnsMessage>[] = [
  { field: 'nbns.flags.response', ours: (ms) => ms.map((m) => (m.response ? '1' : '0')) },
  { field: 'nbns.flags.opcode', ours: (ms) => ms.map((m) => String(m.opcode)) },
  // tshark explains suffixes: 'NAME<00> (Workstation/Redirector)'; it writes control characters as <01>
  {
    field: 'nbns.name',
    ours: (ms) => [...ms.flatMap((m) => m.questions.map((q) => q.name)), ...records(ms).map((r) => r.name)],
    theirs: (names) => names.map((name) => name.replace(/ \(.*\)$/, '').replace(/<0[12]>(?=.)/g, '\uFFFD')),
  },
  { field: 'nbns.addr', ours: (ms) => records(ms).flatMap((r) => r.netbios?.addresses ?? []) },
  { field: 'nbns.unit_id', ours: (ms) => records(ms).flatMap((r) => r.netbios?.mac ?? []) },
]
