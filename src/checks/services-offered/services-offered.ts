import type { Check } from '../check.ts'
import { inconclusive } from '../finding.ts'
import { scanOf } from '../scan.ts'
import { list, plural } from '../words.ts'

export const servicesOffered: Check = {
  id: 'services-offered',
  title: 'Services offered',
  facet: 'security',
  looksFor:
    'Ports on which the device answered somebody, or when it was asked. A port that nobody tried is neither open nor closed here.',
  why: 'Every service is a way in; what operation does not need should not be there.',
  remedy: 'Maker: close what is not needed and name what is. Owner: compare with the manual and switch off what you do not use.',
  passNeeds:
    'Never passes from traffic: only a scan of every port shows what is closed, and only the maker can say what is needed.',
  run(device) {
    const offered = device.services.toSorted((a, b) => b.answered - a.answered)
    const scan = `Scan its ports from the same network while capturing: "${scanOf(device)}"; then compare with what the maker documents.`
    const asked = device.of('probe.ports')
    const scanned = asked.filter(({ data }) => data.transport === 'tcp').reduce((sum, { data }) => sum + data.asked, 0)
    if (offered.length === 0)
      return [
        scanned > 0
          ? inconclusive(
              `Of ${plural(scanned, 'TCP port')} that ${scanned === 1 ? 'was' : 'were'} asked none answered; others may.`,
              scan,
              asked,
            )
          : inconclusive('It was not seen to answer on any port; that nobody tried shows nothing.', scan),
      ]
    const what = list(
      offered.map((service) => `${service.transport}/${service.port}${service.protocol === '' ? '' : ` (${service.protocol})`}`),
      8,
    )
    return [
      inconclusive(
        `Answered on ${plural(offered.length, 'port')}${scanned > 0 ? `, of ${plural(scanned, 'TCP port')} that ${scanned === 1 ? 'was' : 'were'} asked` : ''}: ${what}. Whether operation needs them, only the maker can say.`,
        scanned > 0 ? 'Ask its maker which it needs, and name the answer: --dossier maker.yaml' : scan,
        offered,
      ),
    ]
  },
}
