import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ResolvedUpdateFileInfo, UpdateInfo } from 'electron-updater'
import {
  Provider,
  type ProviderRuntimeOptions,
  resolveFiles,
} from 'electron-updater/out/providers/Provider.js'
import type { HttpRoute } from '../../node/http/contract.ts'
import { fetchSigned } from '../../node/signed/fetch-signed.ts'
import { keepSigned, readKeptSigned } from '../../node/signed/kept-signed.ts'
import { RELEASE_BYTES, type Release, readRelease, refuseTimes } from '../../node/updates/release.ts'
import type { UpdateSource } from './update-source.ts'

export interface SignedProviderInit {
  readonly source: UpdateSource
  /** `latest`, `beta`; the system's part of the file's name is added. */
  readonly channel: () => string
  readonly route: HttpRoute
  /** Where the newest release of each channel that was seen is kept, with its signature. */
  readonly keptFolder: string
  readonly signal: AbortSignal
}

/** Where electron-updater asks for releases: a web server whose answers count only with our signature. */
export class SignedProvider extends Provider<UpdateInfo> {
  readonly #init: SignedProviderInit

  constructor(init: SignedProviderInit, runtime: ProviderRuntimeOptions) {
    super(runtime)
    this.#init = init
  }

  /** Throws `download_failed`, `too_large`, `bad_signature`, `bad_message`. */
  override async getLatestVersion(): Promise<UpdateInfo> {
    const { source, channel, route, keptFolder, signal } = this.#init
    const fileName = `${this.getCustomChannelName(channel())}.json`
    const keptPath = join(keptFolder, `${fileName}.signed`)
    const kept = this.#kept(keptPath, fileName)
    const fetched = await fetchSigned(new URL(fileName, source.url).href, {
      what: 'The description of the newest version',
      maxBytes: RELEASE_BYTES,
      route,
      signal,
      known: kept?.signature,
    })
    if (fetched === undefined && kept !== undefined) return updateInfoOf(kept.release)
    if (fetched === undefined) throw new Error('nothing was fetched, and nothing is known')
    const release = readRelease(fetched, fileName, source.keys)
    refuseTimes(release, kept?.release, Date.now())
    mkdirSync(keptFolder, { recursive: true, mode: 0o700 })
    keepSigned(keptPath, fetched)
    return updateInfoOf(release)
  }

  override resolveFiles(info: UpdateInfo): ResolvedUpdateFileInfo[] {
    return resolveFiles(info, new URL(this.#init.source.url))
  }

  /** One whose signature does not hold any more, as after a change of keys, is as good as none. */
  #kept(path: string, fileName: string): { signature: string; release: Release } | undefined {
    try {
      const kept = readKeptSigned(path)
      if (kept === undefined) return undefined
      return { signature: kept.signature, release: readRelease(kept, fileName, this.#init.source.keys) }
    } catch {
      return undefined
    }
  }
}

/** As electron-updater wants it; it has the first file twice, for its own older versions. */
function updateInfoOf(release: Release): UpdateInfo {
  const { stagingPercentage, ...rest } = release
  const [first] = rest.files
  return {
    ...rest,
    path: first?.url ?? '',
    sha512: first?.sha512 ?? '',
    ...(stagingPercentage !== undefined && { stagingPercentage }),
  }
}
