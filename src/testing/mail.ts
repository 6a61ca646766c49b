import type { Kinds } from '../evidence/kinds.ts'

type Mail = Kinds['mail.domain']

const GOOD_MAIL: Mail = {
  domain: 'maker.example',
  mx: ['mx.maker.example'],
  nullMx: false,
  spf: { record: 'v=spf1 mx -all', all: '-', lookups: 1, nobody: false, faults: [] },
  dkim: [{ selector: 's1', keyType: 'rsa', keyBits: 2048, faults: [] }],
  dkimNobody: false,
  selectorsTried: 37,
  dmarc: {
    record: 'v=DMARC1; p=reject',
    at: '_dmarc.maker.example',
    policy: 'reject',
    subdomains: 'reject',
    percent: 100,
    reports: true,
    faults: [],
  },
  mtaSts: { id: '1', mode: 'enforce', maxAge: 604_800, mx: ['mx.maker.example'], faults: [] },
  tlsRpt: { record: 'v=TLSRPTv1; rua=mailto:a@maker.example', faults: [] },
  dane: [],
  startTls: [{ mx: 'mx.maker.example', offered: true, version: 'TLSv1.3' }],
  unanswered: [],
}

/** A domain whose mail is as it should be, with a change; what is undefined in it is left out. */
export function aMailDomain(change: { [K in keyof Mail]?: Mail[K] | undefined } = {}): Mail {
  return Object.fromEntries(
    Object.entries({ ...GOOD_MAIL, ...change }).filter(([, value]) => value !== undefined),
  ) as unknown as Mail
}
