import { Type, type Static } from 'typebox'

/** What a maker declares about a product: one source for the type and for the published JSON Schema. */
export const DossierSchema = Type.Object(
  {
    schema: Type.Literal('assay-dossier-1'),
    product: Type.Object({ vendor: Type.String(), model: Type.String() }),
  },
  { title: 'Assay dossier, version 1' },
)

export type Dossier = Static<typeof DossierSchema>
