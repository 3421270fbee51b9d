import { pino } from 'pino'
import type { LogFields, Logger, LogHistory, LogLevel, LogLine } from './contract.ts'
import { LineWriter } from './line-writer.ts'
import { logLevels } from './log-line.ts'
import { LogRing } from './log-ring.ts'
import { plainFields } from './plain-fields.ts'
import { prettyLine } from './pretty-line.ts'
import { RotatingFile } from './rotating-file.ts'
import { StderrSink } from './stderr-sink.ts'

export interface CreateLoggerInit {
  /** The least important level that is logged; `info` if absent. */
  readonly level?: LogLevel
  readonly destinations?: {
    /** For people, as JSON lines, or not at all (the default). */
    readonly stderr?: 'pretty' | 'json' | 'off'
    /** Folder for `driad.log` and the older files. */
    readonly folder?: string
  }
  /** Lines kept in memory for the Logs view. */
  readonly historyLines?: number
  readonly maxFileBytes?: number
  readonly maxFiles?: number
}

export interface Logs {
  /** Its scope is `driad`; parts of the node take `logger.scope('network')`. */
  readonly logger: Logger
  readonly history: LogHistory
  setLevel(level: LogLevel): void
  /** Writes what is waiting and closes the file. Lines logged later only go to the history. Twice is safe. */
  close(): Promise<void>
}

const MIB = 1024 * 1024

/** Starts logging. Nothing here waits for a disk or a terminal. */
export function createLogger(init: CreateLoggerInit = {}): Logs {
  const { stderr = 'off', folder } = init.destinations ?? {}
  const ring = new LogRing(init.historyLines ?? 5_000)
  const threshold = { level: init.level ?? 'info' }
  const writers: LineWriter[] = []
  const outputs: ((json: string, line: LogLine) => void)[] = []

  if (stderr !== 'off') {
    const writer = new LineWriter(new StderrSink())
    const colour = process.stderr.isTTY && !process.env.NO_COLOR
    writers.push(writer)
    outputs.push((json, line) => writer.add(stderr === 'json' ? json : prettyLine(line, colour)))
  }
  if (folder !== undefined) {
    const { maxFileBytes = 5 * MIB, maxFiles = 5 } = init
    const writer = new LineWriter(new RotatingFile({ folder, name: 'driad', maxFileBytes, maxFiles }))
    writers.push(writer)
    outputs.push((json) => writer.add(json))
  }

  const sink = {
    write(json: string): void {
      const line = ring.add(parseLine(json))
      for (const output of outputs) output(json, line)
    },
  }
  const root = pino(
    {
      // Levels are ours to decide, because a change must reach every scope at once.
      level: 'debug',
      base: null,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  )

  const flushSync = () => {
    for (const writer of writers) writer.flushSync()
  }
  process.once('exit', flushSync)
  let closing: Promise<void> | undefined
  return {
    logger: new ScopedLogger(root, 'driad', threshold),
    history: ring,
    setLevel: (level) => {
      threshold.level = level
    },
    close: () => {
      closing ??= Promise.all(writers.map((writer) => writer.close())).then(() => {
        process.off('exit', flushSync)
      })
      return closing
    },
  }
}

class ScopedLogger implements Logger {
  readonly #root: pino.Logger
  readonly #pino: pino.Logger
  readonly #threshold: { readonly level: LogLevel }

  constructor(root: pino.Logger, scope: string, threshold: { readonly level: LogLevel }) {
    this.#root = root
    this.#pino = root.child({ scope })
    this.#threshold = threshold
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields)
  }

  scope(name: string): Logger {
    return new ScopedLogger(this.#root, name, this.#threshold)
  }

  #log(level: LogLevel, message: string, fields?: LogFields): void {
    if (logLevels.indexOf(level) < logLevels.indexOf(this.#threshold.level)) return
    // A first argument that is an object keeps pino from reading `%s` in a message as a format.
    this.#pino[level](fields === undefined ? {} : { fields: plainFields(fields) }, message)
  }
}

/** pino's own line, read back: what the window shows is what the file has. */
function parseLine(json: string): Omit<LogLine, 'seq'> {
  const { level, time, scope, message, fields } = JSON.parse(json) as {
    level: LogLevel
    time: number
    scope: string
    message: string
    fields?: Record<string, unknown>
  }
  return { atMs: time, level, scope, message, ...(fields === undefined ? {} : { fields }) }
}
