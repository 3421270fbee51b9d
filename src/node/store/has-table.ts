import type { Reader } from './contract.ts'

const seen = new WeakMap<Reader, Set<string>>()

/** Whether a database has a table, as those of older versions may not. One that was seen is there for good. */
export function hasTable(reader: Reader, name: string): boolean {
  const tables = seen.get(reader) ?? new Set()
  if (tables.has(name)) return true
  const row = reader.get("SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ?", name)
  if (row === undefined) return false
  seen.set(reader, tables.add(name))
  return true
}
