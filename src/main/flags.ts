import { parseArgs } from 'node:util'
import type { LogLevel } from '../node/logs/contract.ts'
import { logLevels } from '../node/logs/log-line.ts'

export interface AppFlags {
  readonly dataDir: string | undefined
  readonly network: string | undefined
  readonly listen: readonly string[] | undefined
  readonly bootstrap: readonly string[] | undefined
  readonly mdns: boolean | undefined
  /** Start in the tray, without showing the window. */
  readonly hidden: boolean
  /** Instead of what the settings say. */
  readonly logLevel: LogLevel | undefined
  /** Whether it comes up without its work: after crashes, always, or never. */
  readonly safeMode: 'auto' | 'on' | 'off'
  /** Try this version on what is in that folder, and end. */
  readonly smokeTest: string | undefined
  /** Watch over an update of that data folder, and end. What follows `--` are the program's arguments. */
  readonly updateGuard: string | undefined
}

/** The app's own flags. Chromium's are among them, so unknown ones are left alone. */
export function parseAppFlags(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): AppFlags {
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    options: {
      'data-dir': { type: 'string' },
      network: { type: 'string' },
      listen: { type: 'string', multiple: true },
      bootstrap: { type: 'string', multiple: true },
      'no-mdns': { type: 'boolean' },
      hidden: { type: 'boolean' },
      'safe-mode': { type: 'boolean' },
      'no-safe-mode': { type: 'boolean' },
      'log-level': { type: 'string' },
      'smoke-test': { type: 'string' },
      'update-guard': { type: 'string' },
    },
  })
  return {
    dataDir: text(values['data-dir']) ?? text(env['DRIAD_DATA_DIR']),
    network: text(values.network),
    listen: texts(values.listen),
    bootstrap: texts(values.bootstrap),
    mdns: values['no-mdns'] === true ? false : undefined,
    hidden: values.hidden === true,
    logLevel: logLevels.find((level) => level === values['log-level']),
    safeMode: values['safe-mode'] === true ? 'on' : values['no-safe-mode'] === true ? 'off' : 'auto',
    smokeTest: text(values['smoke-test']),
    updateGuard: text(values['update-guard']),
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined
}
