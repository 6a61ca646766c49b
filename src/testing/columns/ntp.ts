import type { NtpMessage } from '../../decode/protocols/ntp.ts'
import type { Column } from '../agree.ts'

/** NTP in tshark's fields. */
export const ntpColumns: readonly Column<NtpMessage>[] = [
  { field: 'ntp.flags.vn', ours: (ms) => ms.map((m) => String(m.version)) },
  { field: 'ntp.flags.mode', ours: (ms) => ms.map((m) => String(m.mode)) },
  // private messages list the strata of others
  {
    field: 'ntp.stratum',
    ours: (ms) => ms.filter((m) => m.stratum >= 0).map((m) => String(m.stratum)),
    theirs: (strata, row) => (row[1]?.[0] === '7' ? [] : strata),
  },
  { field: 'ntp.keyid', ours: (ms) => ms.flatMap((m) => (m.keyId === undefined ? [] : [m.keyId.toString(16).padStart(8, '0')])) },
  {
    field: 'ntp.mac',
    ours: (ms) => ms.filter((m) => m.authentication === 'mac').map(() => 'there'),
    theirs: (macs) => macs.map(() => 'there'),
  },
  {
    field: 'ntp.ext.type',
    ours: (ms) => ms.flatMap((m) => m.extensions.map(String)),
    theirs: (types) => types.map((type) => String(Number(type))),
  },
]
