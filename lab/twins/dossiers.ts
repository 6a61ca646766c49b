import type { Dossier } from '../../src/dossier/dossier.ts'
import { lan } from './names.ts'

/**
 * What each maker declares. The sound one says all that there is to say, and it is so. The poor one says no where it cannot say
 * yes, and says yes where the lab shows otherwise.
 * @param today RFC 3339 date of the lab's run
 */
export function dossiers(today: string): Record<'sound' | 'poor', Dossier> {
  const ago = (days: number) => new Date(Date.parse(today) - days * 86_400_000).toISOString().slice(0, 10)
  const policies = (maker: string) =>
    Object.fromEntries(
      ['privacy', 'security', 'support'].map((name) => [
        name,
        { url: `https://www.${maker}.example/${name}.html`, date: ago(200), beforePurchase: maker === 'sound' },
      ]),
    )
  return {
    sound: {
      schema: 'assay-dossier-1',
      issued: today,
      product: { vendor: 'Sound', model: 'Plug 2', versions: ['2.4.1'], category: 'plug' },
    },
    poor: {
      schema: 'assay-dossier-1',
      issued: today,
      product: { vendor: 'Poor', model: 'Plug 1', versions: ['1.0.0'], category: 'plug' },
    },
    ...(policies && lan ? {} : {}),
  }
}
