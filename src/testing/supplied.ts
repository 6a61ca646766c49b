import type { Dossier } from '../dossier/dossier.ts'
import type { Supplied } from '../dossier/supplied-model.ts'
import type { Check, Finding } from '../checks/check.ts'
import { aDevice, aNetwork, type DeviceBuilder } from './device.ts'

/** What a check says of a device whose maker's dossier, document 0, leads to this; its files are the documents from 1 on. */
export function findingsOf(
  check: Check,
  supplied: Partial<Supplied> | undefined,
  more: Partial<Dossier> & { signedBy?: string; device?: DeviceBuilder } = {},
): Finding[] {
  const { signedBy, device = aDevice(), ...said } = more
  const dossier: Dossier = { schema: 'assay-dossier-1', product: { vendor: 'Lab', model: 'Hub' }, ...said }
  const declared = {
    document: 0,
    dossier,
    ...(signedBy === undefined ? {} : { signedBy }),
    ...(supplied === undefined ? {} : { supplied: { firstDocument: 1, documents: [], vex: [], admitted: [], ...supplied } }),
  }
  return check.run({ ...device.build(), declared }, aNetwork())
}
