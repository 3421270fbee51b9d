import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { app } from 'electron'
import { openDataFolder } from '../../node/data-folder.ts'
import { createLogger } from '../../node/logs/create-logger.ts'
import { DriadError } from '../../protocol/errors.ts'
import { builtInModelPath, inferenceEntry } from '../program-files.ts'
import { utilityChildLauncher } from '../utility-child.ts'
import { updateJournal, whereItRuns } from './app-updates.ts'
import { guardUpdate } from './guard.ts'
import { placedInstallation } from './installation.ts'
import { smokeTest, writeSmokeTestResult } from './smoke-test.ts'

/** `--smoke-test FOLDER`: tries this version on what is in the folder, writes there what became of it, and ends. */
export function runSmokeTest(folder: string): void {
  headless(async () => {
    const { logger, close } = createLogger({ level: 'warn', destinations: { stderr: 'pretty' } })
    const result = await smokeTest({
      folder,
      version: app.getVersion(),
      builtInModelPath: builtInModelPath(),
      launchInference: utilityChildLauncher({ entry: inferenceEntry(), logger }),
      logger,
    })
    writeSmokeTestResult(folder, result)
    await close()
    return result.ok
  })
}

/** `--update-guard DATA-FOLDER -- ARGUMENTS`: watches over the first start of the version that has taken this one's place. */
export function runUpdateGuard(dataDir: string, argv: readonly string[]): void {
  headless(async () => {
    const folder = openDataFolder(dataDir)
    const { logger, close } = createLogger({ level: 'info', destinations: { folder: folder.logsFolder } })
    const installation = placedInstallation(whereItRuns())
    if (installation === undefined) throw new Error('Only a program that we replace ourselves has a guard')
    try {
      return await guardUpdate({
        folder,
        journal: updateJournal(folder),
        installation,
        args: argv.slice(argv.indexOf('--') + 1),
        logger: logger.scope('update'),
      })
    } catch (cause) {
      logger.error('The update could not be watched over', { error: DriadError.from(cause) })
      throw cause
    } finally {
      await close()
    }
  })
}

/** Runs without a window, with Chromium's own files in a folder that is gone afterwards. */
function headless(work: () => Promise<boolean>): void {
  const scratch = mkdtempSync(join(tmpdir(), 'driad-'))
  app.setPath('userData', scratch)
  app.disableHardwareAcceleration()
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  void app
    .whenReady()
    .then(work)
    .catch(() => false)
    .then((done) => {
      rmSync(scratch, { recursive: true, force: true })
      app.exit(done ? 0 : 1)
    })
}
