import type { LogLevel, LogLine } from './log-line.ts'

/** A scoped logger. Fields are plain JSON; prompts, results and keys never go in. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  scope(name: string): Logger
}

export type LogFields = Readonly<Record<string, unknown>>

/** The last lines, in memory, bounded; what the Logs view replays before it follows. */
export interface LogHistory {
  linesAfter(seq: number, limit?: number): readonly LogLine[]
  onLine(listener: (line: LogLine) => void): () => void
}

export type { LogLevel, LogLine }
