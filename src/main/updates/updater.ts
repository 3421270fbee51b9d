import {
  AppImageUpdater,
  type AppUpdater,
  BaseUpdater,
  CancellationToken,
  DebUpdater,
  MacUpdater,
  NsisUpdater,
  type ProgressInfo,
  RpmUpdater,
} from 'electron-updater'
import type { DownloadExecutorResult, DownloadUpdateOptions } from 'electron-updater/out/AppUpdater.js'
import { findFile } from 'electron-updater/out/providers/Provider.js'
import type { HttpRoute } from '../../node/http/contract.ts'
import type { Logger } from '../../node/logs/contract.ts'
import type { SettingValues } from '../../node/settings/schema.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { InstallationKind } from './installation.ts'
import { SignedProvider } from './signed-provider.ts'
import type { Feed } from './update-keeper.ts'
import type { UpdateSource } from './update-source.ts'

export interface UpdaterInit {
  readonly kind: InstallationKind
  readonly source: UpdateSource
  readonly settings: { get(): Pick<SettingValues, 'updateChannel' | 'proxy' | 'downloadBytesPerSecond'> }
  readonly route: HttpRoute
  /** Where the descriptions of releases are kept. */
  readonly keptFolder: string
  readonly signal: AbortSignal
  readonly logger: Logger
}

/** The feed, and how the system's own installer is called where we do not replace the program ourselves. */
export interface Updater extends Feed {
  /** On Windows and macOS: hands the downloaded package over; what remains is to quit. Throws `internal` with what the installer says. */
  installBySystem(): void
}

type CustomOptions = Extract<Parameters<AppUpdater['setFeedURL']>[0], { provider: 'custom' }>

/** electron-updater for what this program was installed as, asking our servers only, and trusting our signatures only. */
export function createUpdater(init: UpdaterInit): Updater {
  const updater = updaterOf(init.kind)
  const { settings, logger } = init
  updater.logger = quietLogger(logger)
  updater.autoDownload = false
  updater.autoInstallOnAppQuit = false
  const channel = () => channelName(settings.get().updateChannel, init.source.variant)
  const { source, route, keptFolder, signal } = init
  const options: CustomOptions = {
    provider: 'custom',
    updateProvider: class extends SignedProvider {
      constructor(
        _options: unknown,
        _updater: unknown,
        runtime: ConstructorParameters<typeof SignedProvider>[1],
      ) {
        super({ source, channel, route, keptFolder, signal }, runtime)
      }
    } as NonNullable<CustomOptions['updateProvider']>,
  }
  updater.setFeedURL(options)
  return {
    check: async () => {
      const answer = await updater.checkForUpdates()
      return answer?.isUpdateAvailable === true ? answer.updateInfo.version : undefined
    },
    download: async (onPercent, aborted) => {
      await obeyTraffic(updater, settings.get())
      const token = new CancellationToken()
      const cancel = () => token.cancel()
      const report = ({ percent }: ProgressInfo) => onPercent(percent)
      aborted.addEventListener('abort', cancel)
      updater.on('download-progress', report)
      try {
        aborted.throwIfAborted()
        const [file] = await updater.downloadUpdate(token)
        if (file === undefined) throw new DriadError('download_failed', 'The new version was not downloaded')
        return file
      } catch (cause) {
        aborted.throwIfAborted()
        throw DriadError.from(cause, 'download_failed')
      } finally {
        updater.off('download-progress', report)
        aborted.removeEventListener('abort', cancel)
      }
    },
    installBySystem: () => {
      if (!(updater instanceof BaseUpdater)) {
        updater.quitAndInstall()
        return
      }
      const failures: Error[] = []
      const note = (error: Error) => failures.push(error)
      updater.on('error', note)
      try {
        if (updater.install(true, true)) return
      } finally {
        updater.off('error', note)
      }
      const reason = failures[0]?.message ?? 'the installer gives no reason'
      throw new DriadError('internal', `The new version was not installed: ${reason}`)
    },
  }
}

/** The name of a channel on the server, without the system's part. */
export function channelName(
  channel: SettingValues['updateChannel'],
  variant: UpdateSource['variant'],
): string {
  return `${channel === 'beta' ? 'beta' : 'latest'}${variant === 'cuda' ? '-cuda' : ''}`
}

function updaterOf(kind: InstallationKind): AppUpdater {
  switch (kind) {
    case 'archive':
      return new ArchiveUpdater()
    case 'appimage':
      return new AppImageUpdater()
    case 'deb':
      return new DebUpdater()
    case 'rpm':
      return new RpmUpdater()
    case 'nsis':
      return new NsisUpdater()
    case 'mac':
      return new MacUpdater()
  }
}

/** A folder that was unpacked from a .tar.gz: electron-updater fetches and checks, the installation replaces it. */
class ArchiveUpdater extends BaseUpdater {
  /** There, and protected, but left out of the package's types. */
  declare protected readonly httpExecutor: {
    download(url: URL, file: string, options: unknown): Promise<string>
  }

  // biome-ignore lint/complexity/noUselessConstructor: the base's is protected
  constructor() {
    super()
  }

  protected override doDownloadUpdate(options: DownloadUpdateOptions): Promise<DownloadExecutorResult> {
    const { provider, info } = options.updateInfoAndProvider
    const fileInfo = findFile(provider.resolveFiles(info), 'tar.gz', ['AppImage', 'deb', 'rpm', 'pacman'])
    if (fileInfo == null) throw new DriadError('download_failed', `There is no .tar.gz of ${info.version}`)
    return this.executeDownload({
      fileExtension: 'tar.gz',
      fileInfo,
      downloadUpdateOptions: options,
      task: async (file, downloadOptions) => {
        await this.httpExecutor.download(fileInfo.url, file, downloadOptions)
      },
    })
  }

  protected override doInstall(): boolean {
    return false
  }
}

/** The proxy and the speed that hold for all downloads hold for these, too. */
async function obeyTraffic(
  { netSession }: AppUpdater,
  { proxy, downloadBytesPerSecond }: Pick<SettingValues, 'proxy' | 'downloadBytesPerSecond'>,
): Promise<void> {
  if (proxy === 'none') await netSession.setProxy({ mode: 'direct' })
  else if (proxy === 'system') await netSession.setProxy({ mode: 'system' })
  else await netSession.setProxy({ mode: 'fixed_servers', proxyRules: proxy })
  if (downloadBytesPerSecond === 0) netSession.disableNetworkEmulation()
  else netSession.enableNetworkEmulation({ downloadThroughput: downloadBytesPerSecond })
}

/** What it says of its steps is for those who look for faults; failures are told by who asked. */
function quietLogger(logger: Logger) {
  const say = (message?: unknown) => logger.debug(String(message))
  return { debug: say, info: say, warn: say, error: say }
}
