import { Check } from 'typebox/value'
import { AuditSchema, type Audit } from './model.ts'

/** A JSON report as it was written. Throws an Error whose message says in one line why the text is none. */
export function parseReport(text: string): Audit {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined
  if (typeof schema !== 'string' || !schema.startsWith('assay-audit-'))
    throw new Error('it is JSON, but not a report of assay audit')
  if (schema !== 'assay-audit-2')
    throw new Error(`it is of another version (${schema}) than this program reads (assay-audit-2): audit again`)
  if (!Check(AuditSchema, value)) throw new Error('it does not follow the schema of a report: it was changed, or cut short')
  return value
}
