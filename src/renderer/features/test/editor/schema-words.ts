// No words: they stand beside those of the engine’s errors, which are English everywhere.

import type { JSONSchema } from 'vscode-json-languageservice'

export interface SchemaWords {
  /** `a text`, `one of user, assistant, system`. */
  readonly expected: string
  readonly description?: string
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
}

/** What the schemas that fit a place say of it, in the words of the engine's own errors; undefined where they say nothing. */
export function schemaWords(schemas: readonly JSONSchema[]): SchemaWords | undefined {
  const expected = new Set(schemas.flatMap(expectations))
  const description = schemas.find((schema) => schema.description !== undefined)?.description
  if (expected.size === 0 && description === undefined) return undefined
  return {
    expected: [...expected].join(' or '),
    ...(description !== undefined && { description }),
  }
}

function expectations(schema: JSONSchema): string[] {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)]
  if (schema.enum !== undefined) return [`one of ${schema.enum.join(', ')}`]
  if (schema.anyOf !== undefined) {
    return schema.anyOf.flatMap((branch) => (typeof branch === 'boolean' ? [] : expectations(branch)))
  }
  const types = schema.type === undefined ? [] : [schema.type].flat()
  return types.map((type) => `${typeWords[type] ?? type}${bounds(schema)}`)
}

function bounds({ minimum, maximum, exclusiveMinimum }: JSONSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  if (minimum !== undefined) return `, at least ${minimum}`
  if (typeof exclusiveMinimum === 'number') return ` above ${exclusiveMinimum}`
  return maximum === undefined ? '' : `, at most ${maximum}`
}
