/** `2026-11-27T18-30-05-123Z`: a time as a part of a file's name, in every file system. */
export function nameOfTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[:.]/g, '-')
}

/** Unix time in ms; undefined for what is no such name. */
export function timeOfName(name: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)$/.exec(name)
  if (match === null) return undefined
  const ms = Date.parse(`${match[1]}:${match[2]}:${match[3]}.${match[4]}`)
  return Number.isNaN(ms) ? undefined : ms
}
