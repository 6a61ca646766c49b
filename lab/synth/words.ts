import type { Random } from '../random.ts'

/* Names that nobody would give: in the styles of published generators (Plohmann et al., A Comprehensive Measurement Study of DGAs, USENIX Security 2016). */

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const WORDS =
  'able acid also arch away back ball band bank base bath bear bell belt best bird blue boat body bond bone book boot born both bowl bulk burn bush busy cake call calm camp card care case cash cell chat chip city clay club coal coat code cold come cook cool cope copy core cost crew crop dark data date dawn deal dear debt deep desk dial diet disc door dose down draw drop drum dual dust duty each earn east easy edge else even ever face fact fail fair fall farm fast fate fear feed feel file fill film find fine fire firm fish five flat flow food foot form fort four free from fuel full fund gain game gate gear gift girl give glad goal gold golf good gray grow gulf hair half hall hand hang hard harm hate have head hear heat help here hero high hill hire hold hole holy home hope host hour huge hunt idea inch into iron item jack join jump jury just keen keep kick kill kind king knee know lack lady lake land lane last late lead left less life lift like line link list live load loan lock long look lord lose loss lost love luck'.split(
    ' ',
  )

export type Style = 'letters' | 'hex' | 'dictionary' | 'pronounceable' | 'day'

export function made(chance: Random, style: Style, n: number): string {
  const letters = (k: number) => Array.from({ length: k }, () => LETTERS[chance.below(26)]).join('')
  switch (style) {
    case 'letters':
      return letters(10 + chance.below(10))
    case 'hex':
      return chance.hex(16 + chance.below(16))
    case 'dictionary':
      return `${chance.pick(WORDS)}${chance.pick(WORDS)}${chance.below(2) ? chance.pick(WORDS) : ''}`
    case 'pronounceable':
      return Array.from(
        { length: 4 + chance.below(3) },
        () => `${'bcdfghjklmnprstvz'[chance.below(17)]}${'aeiou'[chance.below(5)]}`,
      ).join('')
    case 'day':
    default:
      return `${letters(8)}${n}${chance.digits(3)}`
  }
}
