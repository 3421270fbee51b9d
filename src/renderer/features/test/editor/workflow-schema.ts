import type { JSONSchema } from 'vscode-json-languageservice'
import generated from '../../../../../docs/workflow.schema.json'

/** The format's schema without its nulls: allowed for old tools' sake, and nothing that anyone wants to be offered. */
export const editorSchema = withoutNulls(generated) as JSONSchema

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const { anyOf, type, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutNulls(inner)]),
  )
  const types = Array.isArray(type) ? type.filter((name) => name !== 'null') : type
  const branches = Array.isArray(anyOf) ? anyOf.filter((branch) => branch?.type !== 'null') : anyOf
  return {
    ...rest,
    ...(types !== undefined && { type: Array.isArray(types) && types.length === 1 ? types[0] : types }),
    ...(Array.isArray(branches) && branches.length === 1
      ? branches[0]
      : branches !== undefined && { anyOf: branches }),
    // A description beside a union of one stays the field's own.
    ...(typeof rest['description'] === 'string' && { description: rest['description'] }),
  }
}
