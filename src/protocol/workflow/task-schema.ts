import { DriadError, type InputIssue } from '../errors.ts'
import { schemaToGrammar } from '../json-schema/schema-grammar.ts'
import { schemaLimits } from '../json-schema/schema-limits.ts'
import { isObject } from './is-object.ts'
import { foundText } from './issue-list.ts'
import { findJsonFault, nestsDeeperThan } from './json-text.ts'

const typeNames = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])
/** Keywords that hold one schema, a list of schemas, or schemas by name. */
const schemaKeys = new Set(['items', 'additionalItems', 'additionalProperties'])
const schemaListKeys = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'])
const schemaMapKeys = new Set(['properties', '$defs', 'definitions'])

export type TaskSchema =
  | { readonly schema: Readonly<Record<string, unknown>> | undefined; readonly issues?: undefined }
  | { readonly schema?: undefined; readonly issues: readonly InputIssue[] }

/**
 * Reads a task's `schema` as files give it: a JSON Schema object, its JSON text, or that in base64. Empty text and
 * null are none. A schema is refused where answers of it cannot be guaranteed by constraining the model: malformed,
 * too large, unsatisfiable, or with keywords that no grammar expresses.
 *
 * @param path What the schema is called in issues, as `tasks[0].schema`.
 */
export function readTaskSchema(given: unknown, path: string): TaskSchema {
  if (given === undefined || given === null) return { schema: undefined }
  if (typeof given === 'string' && given.trim() === '') return { schema: undefined }
  const decoded = typeof given === 'string' ? decode(given) : { value: given }
  if ('fault' in decoded) return { issues: [{ path, ...decoded.fault }] }
  if (!isObject(decoded.value)) {
    return { issues: [{ path, expected: 'a JSON Schema object', found: foundText(decoded.value) }] }
  }
  const schema = normalised(decoded.value) as Record<string, unknown>
  try {
    schemaToGrammar(schema, path)
    return { schema }
  } catch (error) {
    if (!(error instanceof DriadError)) throw error
    return { issues: error.issues.length > 0 ? error.issues : [{ path, expected: 'a JSON Schema' }] }
  }
}

type Decoded = { readonly value: unknown } | { readonly fault: Omit<InputIssue, 'path'> }

function decode(text: string): Decoded {
  const tooLong = { fault: { expected: `at most ${schemaLimits.chars} characters`, found: `${text.length}` } }
  // Base64 is a third longer than what it encodes.
  if (text.length > schemaLimits.chars * 2) return tooLong
  const json = /^\s*[{["]/.test(text) ? text : fromBase64(text)
  if (json === undefined) {
    const expected = 'a JSON Schema: an object, JSON text, or base64 of JSON text'
    return { fault: { expected, found: foundText(text) } }
  }
  if (json.length > schemaLimits.chars) return tooLong
  // A level of schemas takes up to two levels of JSON: the keyword's object or list, and the schema in it.
  if (nestsDeeperThan(json, schemaLimits.depth * 2)) {
    return { fault: { expected: `at most ${schemaLimits.depth} levels of nesting`, found: 'more' } }
  }
  try {
    return { value: JSON.parse(json) }
  } catch {
    const fault = findJsonFault(json)
    const where = fault
      ? `${fault.found} at line ${fault.line}, column ${fault.column} of its text`
      : foundText(json)
    return { fault: { expected: fault?.expected ?? 'JSON', found: where } }
  }
}

function fromBase64(text: string): string | undefined {
  const digits = text.replaceAll(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(digits)) return undefined
  try {
    const bytes = Uint8Array.from(atob(digits), (char) => char.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** A copy with the upper-case type names that one v1 provider wanted in lower case, and without prototype keys. */
function normalised(schema: unknown): unknown {
  if (!isObject(schema)) return schema
  return copyOf(schema, (key, value) => {
    if (schemaMapKeys.has(key) && isObject(value)) return copyOf(value, (_name, part) => normalised(part))
    if (schemaListKeys.has(key) && Array.isArray(value)) return value.map(normalised)
    if (schemaKeys.has(key)) return normalised(value)
    if (key === 'type') return Array.isArray(value) ? value.map(typeName) : typeName(value)
    return withoutPrototypeKeys(value)
  })
}

function typeName(type: unknown): unknown {
  return typeof type === 'string' && typeNames.has(type.toLowerCase()) ? type.toLowerCase() : type
}

function withoutPrototypeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypeKeys)
  return isObject(value) ? copyOf(value, (_key, item) => withoutPrototypeKeys(item)) : value
}

function copyOf(
  object: Record<string, unknown>,
  change: (key: string, value: unknown) => unknown,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(object)) if (key !== '__proto__') copy[key] = change(key, value)
  return copy
}
