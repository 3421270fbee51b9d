import { join } from 'node:path'
import { app } from 'electron'
import type { ComputeNode } from '../../node/compute-node/compute-node.ts'
import type { DataFolder } from '../../node/data-folder.ts'
import type { Logger } from '../../node/logs/contract.ts'
import { ownSchema } from '../../node/store/copy-database.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { NoUpdatesReason } from '../../protocol/update-views.ts'
import { saveDatabase, startDetached } from './guard.ts'
import { installationKind, PlacedInstallation, placedInstallation, type WhereItRuns } from './installation.ts'
import { PackageInstallation, packageManagerOf } from './package-installation.ts'
import { tryVersion } from './trial.ts'
import { type PendingUpdate, UpdateJournal } from './update-journal.ts'
import { UpdateKeeper } from './update-keeper.ts'
import { readUpdateSource, type UpdateSource } from './update-source.ts'
import type { Updater } from './updater.ts'

/** How long tasks may take to end before an update; what is left then is taken up by the new version. */
const DRAIN_MS = 30 * 60_000

export interface AppUpdatesInit {
  readonly folder: DataFolder
  readonly node: ComputeNode
  readonly logger: Logger
  readonly isInUse: () => boolean
  /** Ends window, tray and node, for another version to take over. The process goes on. */
  readonly letGo: () => Promise<void>
  /** The arguments to start the program with again. */
  readonly args: () => readonly string[]
}

export function updateJournal({ updatesFolder }: DataFolder): UpdateJournal {
  return new UpdateJournal(join(updatesFolder, 'journal.json'))
}

/** This installation, where its previous version can be put back. */
export function replaceable(folder: DataFolder): PlacedInstallation | PackageInstallation | undefined {
  if (!app.isPackaged) return undefined
  const where = whereItRuns()
  return placedInstallation(where) ?? packageInstallation(where, folder)
}

/** What this process is, for updates. */
export function whereItRuns(): WhereItRuns {
  return {
    platform: process.platform,
    executable: process.execPath,
    appImage: process.env['APPIMAGE'],
    packageManager: process.platform === 'linux' ? packageManagerOf(process.execPath) : undefined,
  }
}

/** Everything is installed here that keeps the desktop app new. Nothing is looked for before `start`. */
export async function openUpdates(init: AppUpdatesInit): Promise<UpdateKeeper> {
  const { folder, node, logger } = init
  const where = whereItRuns()
  const source = app.isPackaged ? readUpdateSource(app.getAppPath()) : undefined
  const installation = replaceable(folder)
  const unsupported = await whyUnsupported(source, installation)
  const journal = updateJournal(folder)
  const stopping = new AbortController()
  const updater: Updater | undefined =
    unsupported === undefined && source !== undefined
      ? // Half a megabyte that most starts need only minutes later, or never.
        (await import('./updater.ts')).createUpdater({
          kind: installationKind(where),
          source,
          settings: node.settings,
          route: node.http,
          keptFolder: folder.updatesFolder,
          signal: stopping.signal,
          logger,
        })
      : undefined
  app.once('will-quit', () => stopping.abort())
  return new UpdateKeeper({
    version: app.getVersion(),
    unsupported,
    feed: updater ?? noFeed,
    journal,
    settings: node.settings,
    logger,
    isInUse: init.isInUse,
    needsSomebody: installation instanceof PackageInstallation && installation.needsPassword,
    drain: async () => {
      const wasOnline = node.status().phase !== 'offline'
      await node.leave({ drainMs: DRAIN_MS })
      return () => {
        if (!wasOnline) return
        node.join().catch((error: unknown) => logger.warn('Joining again failed', { error }))
      }
    },
    prepare: async (file, version, signal) => {
      const executable = await installation?.unpack(file, signal)
      let schema: number | undefined
      if (executable !== undefined) {
        try {
          schema = await tryVersion({
            executable,
            switches: startSwitches(),
            version,
            databasePath: folder.databasePath,
            folder: join(folder.updatesFolder, 'trial'),
            signal,
          })
        } catch (cause) {
          await installation?.discard()
          throw cause
        }
      }
      const pending = {
        from: app.getVersion(),
        to: version,
        starts: 0,
        // Where it was not tried, it may.
        changesSchema: schema !== ownSchema,
      }
      return async () => {
        const begin = () => journal.begin({ ...pending, atMs: Date.now() })
        if (installation instanceof PlacedInstallation) {
          await makeWayForPlaced(init, installation, begin)
          return
        }
        begin()
        if (installation === undefined) await makeWayForInstaller(init, updater, pending)
        else await makeWayForPackage(init, { installation, file, journal, pending })
      }
    },
  })
}

/** The two versions change places; the old one starts the guard, which starts the new one, and ends. */
async function makeWayForPlaced(
  { letGo, args, folder, logger }: AppUpdatesInit,
  installation: PlacedInstallation,
  begin: () => void,
): Promise<void> {
  const again = args() // while there is a window to look at
  await letGo()
  try {
    await installation.swapIn()
    begin()
    startDetached(installation.previousExecutable, [
      '--update-guard',
      folder.path,
      ...startSwitches(),
      '--',
      ...again,
    ])
  } catch (error) {
    logger.error('The new version could not be put in place', { error: DriadError.from(error) })
    startDetached(process.execPath, again)
  }
  app.exit(0)
}

/** A package manager replaces the files under the running program, as root. Who is asked for a password may say no. */
async function makeWayForPackage(
  { folder, letGo, args, logger }: AppUpdatesInit,
  parts: {
    readonly installation: PackageInstallation
    readonly file: string
    readonly journal: UpdateJournal
    readonly pending: Pick<PendingUpdate, 'changesSchema'>
  },
): Promise<void> {
  const { installation, file, journal, pending } = parts
  try {
    await installation.install(file)
  } catch (cause) {
    journal.confirm()
    throw cause
  }
  // It is installed: what fails now costs the way back, and nothing else.
  await installation
    .keep(file)
    .then(() => installation.discard())
    .catch((error: unknown) => logger.warn('The package was not kept', { error }))
  const again = args()
  await letGo()
  await saveDatabase(folder, pending)
  startDetached(installation.executable, again)
  app.exit(0)
}

/** The installers of Windows and macOS start the new version themselves when this one has gone. */
async function makeWayForInstaller(
  { folder, letGo, args, logger }: AppUpdatesInit,
  updater: Updater | undefined,
  pending: Pick<PendingUpdate, 'changesSchema'>,
): Promise<void> {
  const again = args()
  await letGo()
  try {
    await saveDatabase(folder, pending)
    updater?.installBySystem()
    if (process.platform === 'darwin') return // it quits the program itself
  } catch (error) {
    logger.error('The new version could not be installed', { error: DriadError.from(error) })
    startDetached(process.execPath, again)
  }
  app.exit(0)
}

function packageInstallation(
  where: WhereItRuns,
  { updatesFolder }: DataFolder,
): PackageInstallation | undefined {
  const kind = installationKind(where)
  if (kind !== 'deb' && kind !== 'rpm') return undefined
  return new PackageInstallation(kind, { folder: updatesFolder, executable: where.executable })
}

async function whyUnsupported(
  source: UpdateSource | undefined,
  installation: PlacedInstallation | PackageInstallation | undefined,
): Promise<NoUpdatesReason | undefined> {
  if (!app.isPackaged) return 'development'
  if (source === undefined) return 'no_source'
  if (installation instanceof PlacedInstallation && !(await installation.isWritable())) return 'read_only'
  return undefined
}

/** What Chromium cannot start without here: as root, in tests, it has no sandbox. */
function startSwitches(): readonly string[] {
  return ['no-sandbox', 'disable-gpu']
    .filter((name) => app.commandLine.hasSwitch(name))
    .map((name) => `--${name}`)
}

const noFeed = {
  check: () => Promise.reject(new DriadError('bad_usage', 'This program is updated by whoever installed it')),
  download: () =>
    Promise.reject(new DriadError('bad_usage', 'This program is updated by whoever installed it')),
}
