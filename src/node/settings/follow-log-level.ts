import type { LogLevel } from '../logs/contract.ts'
import type { Logs } from '../logs/create-logger.ts'
import type { Settings } from './settings.ts'

/** Logs what the settings say from now on, unless the level was chosen for this run. */
export function followLogLevel(
  { settings, logs }: { readonly settings: Settings; readonly logs: Pick<Logs, 'setLevel'> },
  chosen: LogLevel | undefined,
): void {
  if (chosen !== undefined) return
  logs.setLevel(settings.get().logLevel)
  settings.onChange(({ logLevel }) => logs.setLevel(logLevel))
}
