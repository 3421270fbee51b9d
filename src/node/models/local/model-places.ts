import { readFileSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { LocalModelSource } from '../../../protocol/local-model-views.ts'

/** LM Studio's pointer and settings are short; what is longer is something else. */
const MAX_CONFIG_BYTES = 1024 * 1024

/** A folder that may be there, and how it is laid out. */
export interface ModelPlace {
  readonly source: LocalModelSource
  readonly path: string
}

export interface PlacesInit {
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The program's own folder of models. */
  readonly modelsFolder: string
  /** Named by the operator. */
  readonly folders: readonly string[]
}

/**
 * Where programs for language models keep their files, by their documentation and sources. What a variable names comes
 * first, but does not hide the usual folder: the program may have been started without it. No folder is twice in it.
 */
export function modelPlaces(init: PlacesInit): ModelPlace[] {
  const { modelsFolder, folders } = init
  const places: ModelPlace[] = [
    { source: 'driad', path: modelsFolder },
    ...lmStudio(init),
    ...ollama(init),
    ...huggingFace(init),
    ...llamaCpp(init),
    ...gpt4all(init),
    ...jan(init),
    ...folders.map((path): ModelPlace => ({ source: 'folder', path })),
  ]
  const seen = new Set<string>()
  return places
    .map(({ source, path }) => ({ source, path: resolve(path) }))
    .filter(({ path }) => !seen.has(path) && seen.add(path))
}

/** https://lmstudio.ai/docs/app/basics/import-model; the pointer is described in LM Studio's own SDK. */
function lmStudio({ home }: PlacesInit): ModelPlace[] {
  const pointed = shortText(join(home, '.lmstudio-home-pointer'))?.trim()
  const homes = [pointed, join(home, '.lmstudio'), join(home, '.cache', 'lm-studio')].filter(isPath)
  return homes
    .flatMap((folder) => [downloadsFolder(folder), join(folder, 'models')])
    .filter(isPath)
    .map((path) => ({ source: 'lm-studio', path }))
}

/** Where LM Studio downloads to, if that was changed. */
function downloadsFolder(lmStudioHome: string): string | undefined {
  try {
    const settings: unknown = JSON.parse(shortText(join(lmStudioHome, 'settings.json')) ?? '')
    const folder = (settings as { downloadsFolder?: unknown } | null)?.downloadsFolder
    return typeof folder === 'string' ? folder : undefined
  } catch {
    return undefined
  }
}

/** https://docs.ollama.com/faq#where-are-models-stored */
function ollama({ platform, home, env }: PlacesInit): ModelPlace[] {
  const service = platform === 'linux' ? '/usr/share/ollama/.ollama/models' : undefined
  return [env['OLLAMA_MODELS'], join(home, '.ollama', 'models'), service]
    .filter(isPath)
    .map((path) => ({ source: 'ollama', path }))
}

/** https://huggingface.co/docs/hub/local-cache */
function huggingFace({ home, env }: PlacesInit): ModelPlace[] {
  const cache = env['XDG_CACHE_HOME']
  return [
    env['HF_HUB_CACHE'],
    env['HUGGINGFACE_HUB_CACHE'],
    within(env['HF_HOME'], 'hub'),
    within(cache, 'huggingface', 'hub'),
    join(home, '.cache', 'huggingface', 'hub'),
  ]
    .filter(isPath)
    .map((path) => ({ source: 'hugging-face', path }))
}

/** `fs_get_cache_directory` of llama.cpp's common.cpp. Newer versions keep their downloads in Hugging Face's cache. */
function llamaCpp({ platform, home, env }: PlacesInit): ModelPlace[] {
  const usual: Partial<Record<NodeJS.Platform, string | undefined>> = {
    darwin: join(home, 'Library', 'Caches', 'llama.cpp'),
    win32: within(env['LOCALAPPDATA'], 'llama.cpp'),
  }
  const others = [within(env['XDG_CACHE_HOME'], 'llama.cpp'), join(home, '.cache', 'llama.cpp')]
  return [env['LLAMA_CACHE'], ...(platform in usual ? [usual[platform]] : others)]
    .filter(isPath)
    .map((path) => ({ source: 'llama.cpp', path }))
}

/** Qt's AppLocalDataLocation of the organisation nomic.ai, and the folder of its Python package. */
function gpt4all({ platform, home, env }: PlacesInit): ModelPlace[] {
  const data = {
    darwin: join(home, 'Library', 'Application Support'),
    win32: env['LOCALAPPDATA'],
  }[platform as string]
  const linux = [env['XDG_DATA_HOME'], join(home, '.local', 'share')]
  const roots = platform === 'darwin' || platform === 'win32' ? [data] : linux
  return [...roots.map((root) => within(root, 'nomic.ai', 'GPT4All')), join(home, '.cache', 'gpt4all')]
    .filter(isPath)
    .map((path) => ({ source: 'gpt4all', path }))
}

/** Jan's data folder; since 0.6 its llama.cpp extension keeps a folder for each model. */
function jan({ platform, home, env }: PlacesInit): ModelPlace[] {
  const data = {
    darwin: join(home, 'Library', 'Application Support'),
    win32: env['APPDATA'],
  }[platform as string]
  const linux = [env['XDG_DATA_HOME'], join(home, '.local', 'share')]
  const roots = platform === 'darwin' || platform === 'win32' ? [data] : linux
  return roots
    .map((root) => within(root, 'Jan', 'data', 'llamacpp', 'models'))
    .filter(isPath)
    .map((path) => ({ source: 'jan', path }))
}

function within(root: string | undefined, ...parts: string[]): string | undefined {
  return isPath(root) ? join(root, ...parts) : undefined
}

/** A relative path would be another folder for each working directory. */
function isPath(path: string | undefined): path is string {
  return path !== undefined && path !== '' && isAbsolute(path)
}

function shortText(path: string): string | undefined {
  try {
    const stats = statSync(path)
    return stats.isFile() && stats.size <= MAX_CONFIG_BYTES ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}
