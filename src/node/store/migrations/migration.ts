/** One step of the schema. Versions are 1, 2, 3... without a gap; a released step is never edited. */
export interface Migration {
  readonly version: number
  readonly name: string
  /** One or more statements, run in one transaction. */
  readonly sql: string
}
