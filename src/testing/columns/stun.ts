import type { StunMessage } from '../../decode/protocols/stun.ts'
import type { Column } from '../agree.ts'

const CLASSES = ['request', 'indication', 'success', 'error']
/** STUN in tshark's fields. */
export const stunColumns: readonly Column<StunMessage>[] = [
  // the two bits of the class lie at 4 and 8 of the type (RFC 8489 section 5); tshark shows them four lower
  {
    field: 'stun.type.class',
    ours: (ms) => ms.map((m) => String(CLASSES.indexOf(m.class))),
    theirs: (values) => values.map((value) => String((Number(value) & 1) | ((Number(value) >> 3) & 2))),
  },
  // and leaves the method's bits where they lie
  {
    field: 'stun.type.method',
    ours: (ms) => ms.map((m) => String(m.method)),
    theirs: (values) =>
      values.map((value) => String((Number(value) & 15) | ((Number(value) & 0xe0) >> 1) | ((Number(value) & 0x3e00) >> 2))),
  },
  {
    field: 'stun.att.type',
    ours: (ms) => ms.flatMap((m) => m.attributes.map((type) => `0x${type.toString(16).padStart(4, '0')}`)),
  },
  { field: 'stun.att.software', ours: (ms) => ms.flatMap((m) => m.software ?? []) },
  { field: 'stun.att.realm', ours: (ms) => ms.flatMap((m) => m.realm ?? []) },
]
