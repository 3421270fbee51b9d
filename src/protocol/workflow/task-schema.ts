import Ajv2020 from 'ajv/dist/2020.js'
import type { InputIssue } from '../errors.ts'
import { foundText, type PathPart, shortened } from './issue-list.ts'
import { findJsonFault, nestsDeeperThan } from './json-text.ts'
import type { WorkflowLimits } from './limits.ts'
import { isObject, resolvePointer } from './match-schema.ts'

const MAX_PATTERN_CHARS = 1024
const typeNames = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])
/** Keywords that hold one schema, a list of schemas, or schemas by name. */
const schemaKeys = new Set([
  'items', 'additionalItems', 'additionalProperties', 'contains', 'propertyNames', 'not', 'if', 'then', 'else',
  'unevaluatedItems', 'unevaluatedProperties',
]) // biome-ignore format: a list
const schemaListKeys = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'])
const schemaMapKeys = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])

// Only the meta-schema is ever compiled: strangers' schemas are data to it.
const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, validateFormats: false, meta: true })

export interface SchemaFault extends Omit<InputIssue, 'path'> {
  /** Within the schema. */
  readonly path: readonly PathPart[]
}

export type TaskSchema =
  | { readonly schema: Readonly<Record<string, unknown>> | undefined; readonly faults?: undefined }
  | { readonly schema?: undefined; readonly faults: readonly SchemaFault[] }

/**
 * Reads a task's `schema` as files give it: a JSON Schema object, its JSON text, or that in base64. Empty text and
 * null are none. A schema is refused where it is too large or deep, malformed, refers to what is not in it, or has a
 * regular expression that does not compile.
 */
export function readTaskSchema(given: unknown, limits: WorkflowLimits): TaskSchema {
  if (given === undefined || given === null) return { schema: undefined }
  if (typeof given === 'string' && given.trim() === '') return { schema: undefined }
  const decoded = typeof given === 'string' ? decode(given, limits) : { value: given }
  if ('fault' in decoded) return { faults: [{ path: [], ...decoded.fault }] }
  if (!isObject(decoded.value)) {
    return { faults: [{ path: [], expected: 'a JSON Schema object', found: foundText(decoded.value) }] }
  }
  const schema = normalised(decoded.value) as Record<string, unknown>
  const faults = check(schema, limits)
  return faults.length > 0 ? { faults } : { schema }
}

function decode(
  text: string,
  limits: WorkflowLimits,
): { value: unknown } | { fault: { expected: string; found: string } } {
  const tooLong = { fault: { expected: `at most ${limits.schemaChars} characters`, found: `${text.length}` } }
  // Base64 is a third longer than what it encodes.
  if (text.length > limits.schemaChars * 2) return tooLong
  const json = /^\s*[{["]/.test(text) ? text : fromBase64(text)
  if (json === undefined) {
    return {
      fault: {
        expected: 'a JSON Schema: an object, JSON text, or base64 of JSON text',
        found: foundText(text),
      },
    }
  }
  if (json.length > limits.schemaChars) return tooLong
  if (nestsDeeperThan(json, limits.schemaDepth * 2)) {
    return { fault: { expected: `at most ${limits.schemaDepth} levels of nesting`, found: 'more' } }
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

/**
 * The schema in one spelling: upper-case type names (one v1 provider wrote them) in lower case, a list under `items`
 * as `prefixItems`. Prototype keys are dropped, wherever they are.
 */
function normalised(schema: unknown): unknown {
  if (!isObject(schema)) return schema
  const tuple = Array.isArray(schema.items) && schema.prefixItems === undefined
  const copy: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(schema)) {
    if (name === '__proto__') continue
    const key =
      tuple && name === 'items' ? 'prefixItems' : tuple && name === 'additionalItems' ? 'items' : name
    if (schemaMapKeys.has(name) && isObject(value)) {
      copy[key] = Object.fromEntries(
        Object.entries(value).flatMap(([part, item]) =>
          part === '__proto__' ? [] : [[part, normalised(item)]],
        ),
      )
    } else if (schemaListKeys.has(name) && Array.isArray(value)) copy[key] = value.map(normalised)
    else if (schemaKeys.has(name)) copy[key] = normalised(value)
    else if (name === 'type') copy[key] = Array.isArray(value) ? value.map(typeName) : typeName(value)
    else copy[key] = withoutPrototypeKeys(value)
  }
  return copy
}

function typeName(type: unknown): unknown {
  return typeof type === 'string' && typeNames.has(type.toLowerCase()) ? type.toLowerCase() : type
}

function withoutPrototypeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypeKeys)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      key === '__proto__' ? [] : [[key, withoutPrototypeKeys(item)]],
    ),
  )
}

function check(schema: Record<string, unknown>, limits: WorkflowLimits): SchemaFault[] {
  const { tooLarge, faults } = walkSchema(schema, limits)
  if (tooLarge) return [tooLarge]
  const { $schema: _dialect, $id: _id, ...body } = schema
  let valid: unknown
  try {
    valid = ajv.validateSchema(body)
  } catch {
    // Where code may not be made from text (a window's content security policy) the walk above has to do.
    return faults
  }
  if (valid === true) return faults
  // Of several complaints about one place the first says what is allowed there.
  const byPlace = new Map((ajv.errors ?? []).toReversed().map((error) => [error.instancePath, error]))
  const malformed = [...byPlace.values()].slice(0, 8).map((error) => ({
    path: error.instancePath
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
    expected: `a JSON Schema (it ${error.message ?? 'is malformed'})`,
  }))
  return [...faults, ...malformed]
}

function walkSchema(
  root: Record<string, unknown>,
  limits: WorkflowLimits,
): { tooLarge?: SchemaFault; faults: SchemaFault[] } {
  const faults: SchemaFault[] = []
  const queue: { schema: unknown; path: PathPart[]; depth: number }[] = [{ schema: root, path: [], depth: 1 }]
  let nodes = 0
  let chars = 0
  for (let at = 0; at < queue.length; at++) {
    const { schema, path, depth } = queue[at] as (typeof queue)[number]
    if (!isObject(schema)) continue
    if (++nodes > limits.schemaNodes)
      return {
        faults,
        tooLarge: { path: [], expected: `at most ${limits.schemaNodes} sub-schemas`, found: 'more' },
      }
    if (depth > limits.schemaDepth)
      return {
        faults,
        tooLarge: { path, expected: `at most ${limits.schemaDepth} levels of sub-schemas`, found: 'more' },
      }
    for (const [key, value] of Object.entries(schema)) {
      chars += key.length + (typeof value === 'string' ? value.length : 8)
      if (chars > limits.schemaChars)
        return {
          faults,
          tooLarge: { path: [], expected: `at most ${limits.schemaChars} characters`, found: 'more' },
        }
      const at = [...path, key]
      if (key === '$ref') {
        if (typeof value !== 'string' || resolvePointer(root, value) === undefined) {
          faults.push({
            path: at,
            expected: 'a reference to a part of this schema, as "#/$defs/Item"',
            found: foundText(value),
          })
        }
      } else if (key === '$dynamicRef' || key === '$recursiveRef') {
        faults.push({ path: at, expected: '"$ref" in its place', found: key })
      } else if (key === 'pattern') {
        const fault = patternFault(value)
        if (fault) faults.push({ path: at, ...fault })
      }
      if (schemaListKeys.has(key) && Array.isArray(value)) {
        for (const [index, item] of value.entries())
          queue.push({ schema: item, path: [...at, index], depth: depth + 1 })
      } else if (schemaKeys.has(key)) {
        queue.push({ schema: value, path: at, depth: depth + 1 })
      } else if (schemaMapKeys.has(key) && isObject(value)) {
        for (const [name, item] of Object.entries(value)) {
          if (key === 'patternProperties') {
            const fault = patternFault(name)
            if (fault) faults.push({ path: [...at, name], ...fault })
          }
          chars += name.length
          queue.push({ schema: item, path: [...at, name], depth: depth + 1 })
        }
      }
    }
  }
  return { faults: faults.slice(0, 8) }
}

/** Compiling is cheap and bounded by length; a stranger's expression is never run. */
function patternFault(pattern: unknown): { expected: string; found: string } | undefined {
  if (typeof pattern !== 'string' || pattern.length > MAX_PATTERN_CHARS) {
    return {
      expected: `a regular expression of at most ${MAX_PATTERN_CHARS} characters`,
      found: foundText(pattern),
    }
  }
  try {
    new RegExp(pattern, 'u')
    return undefined
  } catch (error) {
    const reason =
      error instanceof Error
        ? error.message.replace(/^Invalid regular expression: /, '')
        : 'it does not compile'
    return { expected: 'a regular expression', found: shortened(reason, 80) }
  }
}
