import { spawn } from 'node:child_process'
import { rmdirSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { app } from 'electron'
import type { CliHost } from '../cli/host.ts'
import { outliveReaders } from '../cli/standard-streams.ts'
import { inferenceEntry } from './program-files.ts'
import { utilityChildLauncher } from './utility-child.ts'
import { systemVault } from './vault.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * `Driad.AppImage --cli WORDS`, for packages that put no command into the path: starts the script, and ends as it ends. Resolves
 * never: Electron is not to become ready, as there may be no display.
 */
export async function startScript(words: readonly string[]): Promise<never> {
  const script = spawn(join(process.resourcesPath, 'bin', 'driad'), [...words], { stdio: 'inherit' })
  for (const signal of SIGNALS) process.on(signal, () => script.kill(signal))
  script.once('error', fail)
  script.once('exit', (code, endedBy) => {
    process.exit(endedBy === null ? (code ?? 1) : 128 + constants.signals[endedBy])
  })
  return await new Promise<never>(() => undefined)
}

/**
 * Runs the command line in the app's own Electron, as resources/bin/driad starts it: no window, no display, no lock of the single
 * instance, and the exit code of the command. Must be called before Electron is ready.
 */
export function runCommandLine(words: readonly string[]): void {
  outliveReaders()
  // Electron would show them in a window.
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  app.dock?.hide()
  const scratch = app.commandLine.getSwitchValue('user-data-dir')
  if (scratch !== '') process.on('exit', () => removeScratch(scratch))
  void app
    .whenReady()
    .then(async () => {
      leaveSignalsToCommands()
      const { runCli } = await import('../cli/program.ts')
      const code = await runCli(words, electronHost())
      await Promise.all([drained(process.stdout), drained(process.stderr)])
      app.exit(code)
    })
    .catch(fail)
}

/** Seals the identity where the app does: both use the same data folder. */
function electronHost(): CliHost {
  return {
    inferenceLauncher: (logger) =>
      utilityChildLauncher({ entry: inferenceEntry(), logger: logger.scope('inference') }),
    ...(app.isPackaged && { vault: systemVault() }),
  }
}

/**
 * Chromium takes these signals for a wish to quit, with exit code 0. A command that does not handle them is to be ended by
 * them, as every program is: a listener that goes puts the system's own way back.
 */
function leaveSignalsToCommands(): void {
  for (const signal of SIGNALS) {
    const nothing = () => undefined
    process.on(signal, nothing)
    process.off(signal, nothing)
  }
}

/** Resolves when what was written has gone, or nobody reads it any more. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve()
    else stream.write('', () => resolve())
  })
}

/** The folder that the script made for an account without a home, and what Chromium has put there. Anything else stays. */
function removeScratch(folder: string): void {
  const identifier = join(folder, 'Crashpad')
  try {
    rmSync(join(identifier, 'client_id'), { force: true })
    rmdirSync(identifier)
    rmdirSync(folder)
  } catch {
    // It is not empty, or has gone.
  }
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  app.exit(1)
}
