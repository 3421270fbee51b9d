/** String literals, quoted names and comments: a `?` in them is no parameter. */
const quoted = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g

/** How many `?` a statement has. Throws on numbered and named parameters, which would need another order. */
export function countParameters(sql: string): number {
  const bare = sql.replace(quoted, ' ')
  if (/\?\d|[:@$][A-Za-z_]/.test(bare)) {
    throw new TypeError(`Only plain ? parameters are supported: ${sql}`)
  }
  return bare.split('?').length - 1
}

/** True for statements that may stand where a table may: the ones that `hardenedSelect` can wrap. */
export function isSelect(sql: string): boolean {
  return /^(?:select|with|values)\b/i.test(sql.replace(quoted, ' ').trimStart())
}

/** SQLite's integers hold 63 bits; one is kept off for safety. */
const MASK_BITS = 62

/**
 * The same query, with text handed over as bytes. libsql ends text at its first NUL, and aborts the process when
 * text is not UTF-8, which one flipped bit on a disk can cause. The first column of a row is a bit mask of which
 * of the others are text; the caller decodes those. An outer SELECT without ORDER BY keeps the inner order.
 */
export function hardenedSelect(sql: string, columns: number): string {
  if (columns > MASK_BITS) throw new TypeError(`A query may have ${MASK_BITS} columns, not ${columns}`)
  const names = Array.from({ length: columns }, (_, i) => `c${i}`)
  const mask = names.map((name, i) => `((typeof(${name})='text')<<${i})`).join('|')
  const values = names.map(
    (name) => `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`,
  )
  return `WITH plain(${names.join(',')}) AS (${sql.trim().replace(/;$/, '')}) SELECT ${mask},${values.join(',')} FROM plain`
}
