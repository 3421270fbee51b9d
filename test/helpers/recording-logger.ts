import type { LogFields, Logger } from '../../src/node/logs/contract.ts'

export interface RecordedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields | undefined
}

/** A logger that keeps its lines for the test to look at. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: readonly RecordedLine[] } {
  const lines: RecordedLine[] = []
  const at =
    (level: RecordedLine['level']) =>
    (message: string, fields?: LogFields): void => {
      lines.push({ level, message, fields })
    }
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    scope: () => logger,
  }
  return { logger, lines }
}
