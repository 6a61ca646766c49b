import type { Check } from '../check.ts'
import { statementCheck } from './statement.ts'
import { STATEMENTS } from './table.ts'

/** What only a maker can say: one check a statement of the dossier. */
export const statements: readonly Check[] = STATEMENTS.map(statementCheck)
