import { isTrouble, type ManifestVerdict } from '../../dossier/supplied-model.ts'
import { type Declared, said, suppliedAt } from '../../evidence/declared.ts'
import type { DeviceEvidence } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { contradiction, fail, inconclusive, pass, unanswered } from '../finding.ts'
import { asSentence, plural } from '../words.ts'

const KINDS = { suit: 'SUIT manifest', tuf: 'TUF metadata' } as const

export const updateSigned: Check = {
  id: 'update-signed',
  title: 'Updates are signed',
  facet: 'security',
  looksFor:
    "A signed manifest of the update that the maker's dossier leads to: a SUIT envelope (COSE signature, digests of manifest, parts and payloads) or TUF metadata (chain of roots, thresholds, versions, hashes, expiry), verified with the keys that the dossier names.",
  why: "Only a signature tells the maker's image from anybody's: who can answer in the place of the update server installs what he likes on every device.",
  remedy:
    'Maker: sign a manifest of every update (SUIT, RFC 9019 and RFC 9124; or The Update Framework), have devices verify it, and name the manifest and the public keys in the dossier (updates.manifest, updates.keys).',
  passNeeds:
    'A manifest whose signature verifies with a key that the dossier names, whose digests all fit, and which had not expired when the device was last seen.',
  of: ['dossier'],
  run(device) {
    const { declared } = device
    const manifest = declared?.supplied?.manifest
    if (declared === undefined || manifest === undefined) return [without(device)]
    if (isTrouble(manifest))
      return [unanswered(asSentence(manifest.trouble), manifest.next, [said(declared, '/updates/manifest')])]
    return [judged(manifest, declared, device.last)]
  },
}

function judged(manifest: ManifestVerdict, declared: Declared, last: number): Finding {
  const { kind, document, broken, unsettled, verifiedBy, state, expires, expiresOf } = manifest
  const what = `The ${KINDS[kind]} of the update (${state})`
  const shown = suppliedAt(declared, document, '')
  if (broken !== undefined) {
    const reason = `${what} does not verify: ${broken}.`
    if (declared.dossier.updates?.signed === true)
      return contradiction(
        'high',
        `The maker says that updates are signed. ${reason}`,
        [said(declared, '/updates/signed')],
        [shown],
      )
    return fail('high', reason, [shown])
  }
  if (verifiedBy === undefined) {
    const { trouble, next } = unsettled!
    return inconclusive(`${what} is signed, but whether by its maker cannot be told: ${trouble}.`, next, [shown])
  }
  if (expires !== undefined && last > expires * 1000) {
    const reason = `${what} is signed, but its ${expiresOf} metadata expired on ${new Date(expires).toISOString().slice(0, 10)}: a client must refuse it.`
    return fail('medium', reason, [shown])
  }
  return pass(`${what} verifies with ${verifiedBy}.${heldOf(manifest)}`, [shown, said(declared, '/updates')])
}

function heldOf({ payloads, payloadsHeld }: ManifestVerdict): string {
  if (payloads === 0) return ''
  const named = plural(payloads, 'payload')
  if (payloadsHeld === 0) return ` Of the ${named} that it names none was at hand.`
  return ` Of ${named} that it names, ${payloadsHeld} ${payloadsHeld === 1 ? 'was at hand and fits' : 'were at hand and fit'}.`
}

/** No manifest was led to. Traffic may show that there is one. */
function without(device: DeviceEvidence): Finding {
  const { declared } = device
  if (declared?.dossier.updates?.signed === false)
    return fail('high', 'The maker says that updates are not signed.', [said(declared, '/updates/signed')])
  const seen = device.of('firmware').find(({ data }) => MANIFEST.test(data.url.split(/[?#]/, 1)[0]!))
  if (seen !== undefined)
    return inconclusive(
      `The device asked for what looks like a signed manifest (${seen.data.url}); it was not verified.`,
      'Save it beside a dossier that names it and the public keys (updates.manifest, updates.keys): assay audit CAPTURE --dossier maker.yaml',
      [seen],
    )
  const next = 'Name a dossier that leads to the manifest and its keys: assay audit CAPTURE --dossier maker.yaml'
  if (declared === undefined) return inconclusive('No dossier of its maker was given.', next)
  const says = declared.dossier.updates?.signed === true ? 'The maker says that updates are signed, but' : "The maker's dossier"
  return inconclusive(`${says} leads to no manifest that shows it.`, next, [said(declared, '/updates')])
}

/** A SUIT envelope, or the metadata by which a TUF client begins. */
const MANIFEST = /(?:\.suit|\/(?:\d+\.)?(?:root|timestamp|snapshot|targets)\.json)$/i
