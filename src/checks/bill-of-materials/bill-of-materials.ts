import { isTrouble, type SbomSummary } from '../../dossier/supplied-model.ts'
import { type Declared, said, suppliedAt } from '../../evidence/declared.ts'
import type { DeviceEvidence } from '../../evidence/evidence.ts'
import type { Check, Finding } from '../check.ts'
import { contradiction, fail, inconclusive, pass, unanswered, warn } from '../finding.ts'
import { shows } from '../shows.ts'
import { asSentence, list, plural } from '../words.ts'

/** Without these nobody can say what is in the product: the others say who supplied it and how it is put together. */
const VITAL: readonly string[] = ['component name', 'version', 'author of the data', 'timestamp']

export const billOfMaterials: Check = {
  id: 'bill-of-materials',
  title: 'Bill of materials',
  facet: 'legal',
  looksFor:
    "A bill of materials (CycloneDX 1.2 to 1.6 or SPDX 2.2 to 3.0) that the maker's dossier leads to, with the minimum elements of NTIA (2021): supplier, name, version, other unique identifier and dependency relationship of each component, author and timestamp of the data; and software that the device itself tells in another version than the bill lists.",
  why: 'When a library turns out to be vulnerable, only a bill of materials tells which products have it. Since 2027 the EU asks makers for one (Cyber Resilience Act, Annex I part II).',
  remedy:
    'Maker: have the build write it (syft, cdxgen or the build system itself), fill in supplier and package URL of each component, and name the file with its digest in the dossier.',
  passNeeds: 'A bill of materials with at least one component, in which no minimum element is missing.',
  of: ['dossier'],
  run(device) {
    const { declared } = device
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
    return [judged(declared, sbom), ...otherVersions(device, declared, sbom)]
  },
}

function judged(declared: Declared, sbom: SbomSummary): Finding {
  const { document, format, components, lacks, author, created } = sbom
  const whole = suppliedAt(declared, document, '')
  if (components === 0) return fail('medium', `The bill of materials (${format}) names no component.`, [whole])
  const of = `of ${plural(components, 'component')}`
  if (lacks.length === 0) {
    const reason = `The bill of materials (${format}, by ${author}, ${created?.slice(0, 10)}) has all minimum elements ${of}.`
    return pass(reason, [whole])
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
  return lacks.some(({ element }) => VITAL.includes(element)) ? fail('medium', reason, shown) : warn('low', reason, shown)
}

/** Software that the device itself tells in another version than its maker lists: two truths about one product. */
function otherVersions(device: DeviceEvidence, declared: Declared, { document, listed }: SbomSummary): Finding[] {
  const told = [...device.of('software'), ...device.of('probe.service')]
  const findings = new Map<string, Finding>()
  for (const one of told) {
    const { product, version } = one.data
    const number = version === undefined ? undefined : numberOf(version)
    if (product === undefined || number === undefined) continue
    const same = listed.filter(({ name }) => name === product.toLowerCase())
    const others = same.filter((of) => differ(number, numberOf(of.version)))
    // one of several that fits is enough
    if (others.length === 0 || others.length < same.length || findings.has(product)) continue
    const [other] = others
    findings.set(
      product,
      contradiction(
        'medium',
        `The bill of materials lists ${other!.name} ${other!.version}; ${shows(one)} ${product} ${version}.`,
        [suppliedAt(declared, document, other!.at)],
        [one],
        product,
      ),
    )
  }
  return [...findings.values()].slice(0, 20)
}

/** '9.2' of '1:9.2p1-2+deb12u3': what both sides write the same. */
function numberOf(version: string): string | undefined {
  return /\d+(?:\.\d+)*/.exec(version.replace(/^\d+:/, ''))?.[0]
}

/** One that tells less is not another. */
function differ(a: string, b: string | undefined): boolean {
  return b !== undefined && a !== b && !a.startsWith(`${b}.`) && !b.startsWith(`${a}.`)
}
