export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogLine {
  /** Counts up from 1 for the life of the process. */
  readonly seq: number
  readonly atMs: number
  readonly level: LogLevel
  /** The part of the node that speaks: `network`, `tasks`, `inference`, `ledger`... */
  readonly scope: string
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}
