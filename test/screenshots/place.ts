import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestFolder } from '../helpers/driad-process.ts'

/** Where the app runs: a home folder that has nothing of whoever takes the pictures, and where its models come from. */
export interface Place {
  readonly env: NodeJS.ProcessEnv
  /** Longest that any one thing is waited for, in milliseconds: loads and measurements take seconds, and the computer may be busy. */
  readonly patienceMs: number
  dataDir(name: string): string
  /** A path in the home folder. */
  home(...parts: readonly string[]): string
}

export function makePlace(folder: TestFolder, hubUrl: string): Place {
  const home = folder.dataDir('home')
  mkdirSync(home, { recursive: true })
  const unset = ['HF_TOKEN', 'HF_HOME', 'OLLAMA_MODELS', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME']
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']
  return {
    env: {
      HOME: home,
      HF_ENDPOINT: hubUrl,
      ...Object.fromEntries([...unset, ...proxies].map((name) => [name, ''])),
    },
    patienceMs: 180_000,
    dataDir: (name) => join(home, '.local', 'share', name),
    home: (...parts) => join(home, ...parts),
  }
}
