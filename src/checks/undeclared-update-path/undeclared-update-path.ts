import { said } from '../../evidence/declared.ts'
import type { Observation } from '../../evidence/evidence.ts'
import type { Check } from '../check.ts'
import { contradiction, inconclusive, pass } from '../finding.ts'
import { isDomain } from '../declared-names.ts'
import { shows } from '../shows.ts'
import { GIVE_DOSSIER, NO_DOSSIER } from '../statements/statement.ts'
import { hostPort, list } from '../words.ts'

export const undeclaredUpdatePath: Check = {
  id: 'undeclared-update-path',
  title: 'Update path declared',
  facet: 'security',
  looksFor: 'Where firmware, and questions for it, were seen to go and how, held against what the dossier says of updates.',
  why: "An update from elsewhere is not the maker's, and one in clear can be changed on its way.",
  remedy: 'Maker: name every host that serves updates, serve them over HTTPS, and sign them.',
  passNeeds: 'A dossier that names the hosts of updates, and updates seen that came from them, encrypted where it says so.',
  of: ['dossier'],
  run(device) {
    const { declared } = device
    if (declared === undefined) return [inconclusive(NO_DOSSIER, GIVE_DOSSIER)]
    const { available, hosts = [], encryptedTransport } = declared.dossier.updates ?? {}
    const seen = device.of('firmware')
    if (available === undefined && hosts.length === 0 && encryptedTransport === undefined)
      return [inconclusive('The dossier does not say where updates come from.', 'Ask the maker to say it: /updates/hosts', seen)]
    if (seen.length === 0)
      return [
        inconclusive(
          'No update was seen, so that nothing could be held against the dossier.',
          'Start an update from the app, or reset the device to an old version, and capture while it updates.',
          [said(declared, '/updates')],
        ),
      ]
    const found = []
    if (available === false)
      found.push(
        contradiction(
          'medium',
          `The maker says that it takes no updates; ${shows(seen[0]!)} ${whence(seen)}.`,
          [said(declared, '/updates/available')],
          seen,
          'none',
        ),
      )
    const clear = seen.filter(({ data }) => data.protection === 'clear' || data.protection === 'broken')
    if (encryptedTransport === true && clear.length > 0)
      found.push(
        contradiction(
          'high',
          `The maker says that updates travel encrypted; ${shows(clear[0]!)} ${whence(clear)}, in clear.`,
          [said(declared, '/updates/encryptedTransport')],
          clear,
          'in clear',
        ),
      )
    const strange = seen.filter((one) => !hosts.some((host) => isDomain(hostOf(one), host)))
    if (available !== false && hosts.length > 0 && strange.length > 0)
      found.push(
        contradiction(
          'high',
          `The maker says that updates come from ${list(hosts)}; ${shows(strange[0]!)} ${whence(strange)}.`,
          [said(declared, '/updates/hosts')],
          strange,
          'elsewhere',
        ),
      )
    if (found.length > 0) return found
    if (hosts.length === 0)
      return [inconclusive('The dossier does not name the hosts of updates.', 'Ask the maker to name them: /updates/hosts', seen)]
    return [
      pass(`Updates came from where the maker says: ${list(seen.map(hostOf))}.`, [...seen, said(declared, '/updates/hosts')]),
    ]
  },
}

function hostOf({ data: { peer } }: Observation<'firmware'>): string {
  return peer.name ?? peer.ip
}

function whence(seen: readonly Observation<'firmware'>[]): string {
  return list(
    seen.map(({ data }) => `${data.what === 'image' ? 'firmware from' : 'a question for firmware to'} ${hostPort(data.peer)}`),
  )
}
