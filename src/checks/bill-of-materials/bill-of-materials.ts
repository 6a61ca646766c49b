import { isTrouble } from '../../dossier/supplied-model.ts'
import { said, suppliedAt } from '../../evidence/declared.ts'
import type { Check } from '../check.ts'
import { fail, inconclusive, pass, unanswered, warn } from '../finding.ts'
import { asSentence, list, plural } from '../words.ts'

/** Without these nobody can say what is in the product: the others say who supplied it and how it is put together. */
const VITAL: readonly string[] = ['component name', 'version', 'author of the data', 'timestamp']

export const billOfMaterials: Check = {
  id: 'bill-of-materials',
  title: 'Bill of materials',
  facet: 'legal',
  looksFor:
    "A bill of materials (CycloneDX 1.2 to 1.6 or SPDX 2.2 to 3.0) that the maker's dossier leads to, with the minimum elements of NTIA (2021): supplier, name, version, other unique identifier and dependency relationship of each component, author and timestamp of the data.",
  why: 'When a library turns out to be vulnerable, only a bill of materials tells which products have it. Since 2027 the EU asks makers for one (Cyber Resilience Act, Annex I part II).',
  remedy:
    'Maker: have the build write it (syft, cdxgen or the build system itself), fill in supplier and package URL of each component, and name the file with its digest in the dossier.',
  passNeeds: 'A bill of materials with at least one component, in which no minimum element is missing.',
  of: ['dossier'],
  run({ declared }) {
    if (declared === undefined)
      return [
        inconclusive('No dossier of its maker was given.', 'Name one that leads to it: assay audit CAPTURE --dossier maker.yaml'),
      ]
    const sbom = declared.supplied?.sbom
    if (sbom === undefined) {
      const next = 'Ask the maker for the bill of materials, and name its file in the dossier (sbom.file).'
      return [inconclusive("The maker's dossier leads to no bill of materials.", next, [said(declared, '/product')])]
    }
    if (isTrouble(sbom)) return [unanswered(asSentence(sbom.trouble), sbom.next, [said(declared, '/sbom')])]
    const { document, format, components, lacks, author, created } = sbom
    const whole = suppliedAt(declared, document, '')
    if (components === 0) return [fail('medium', `The bill of materials (${format}) names no component.`, [whole])]
    const of = `of ${plural(components, 'component')}`
    if (lacks.length === 0) {
      const reason = `The bill of materials (${format}, by ${author}, ${created?.slice(0, 10)}) has all minimum elements ${of}.`
      return [pass(reason, [whole])]
    }
    const told = lacks.map(({ element, count, examples }) => {
      if (examples.length === 0) return `the ${element}`
      return `${element} of ${count.toLocaleString('en')} (${list(
        examples.map(({ name }) => name),
        2,
      )})`
    })
    const reason = `The bill of materials (${format}, ${plural(components, 'component')}) lacks minimum elements: ${told.join('; ')}.`
    const places = lacks.flatMap(({ examples }) => examples.slice(0, 2).map(({ at }) => at))
    const shown = [places.length === 0 ? whole : suppliedAt(declared, document, ...places)]
    return [lacks.some(({ element }) => VITAL.includes(element)) ? fail('medium', reason, shown) : warn('low', reason, shown)]
  },
}
