import { isObject } from './is-object.ts'
import { memoryText } from './json-text.ts'
import type { ExternalMemoryEntry } from './schema.ts'

/**
 * The `external_memory` of a workflow's JSON, in its order: a list is a stack, anything else a cache entry. Read from the
 * JSON itself, because its keys are data: a checked copy has lost a key named like the prototype. Takes any JSON.
 */
export function externalEntries(json: unknown): ExternalMemoryEntry[] {
  const memory = isObject(json) ? json.external_memory : undefined
  return isObject(memory) ? Object.entries(memory).flatMap(([key, value]) => externalEntry(key, value)) : []
}

/** A list is pushed item by item, so an empty one makes no stack; null is no entry. */
function externalEntry(key: string, value: unknown): ExternalMemoryEntry[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) return [{ kind: 'cache', key, text: valueText(value) }]
  return value.length === 0 ? [] : [{ kind: 'stack', key, items: value.map(valueText) }]
}

/** A value of a workflow file as memory holds it. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? memoryText(value) : JSON.stringify(value)
}
