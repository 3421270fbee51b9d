import type { Reader } from '../store/contract.ts'
import { watchCommits } from '../store/watch-commits.ts'
import { settingDefinitions, settingKeys } from './schema.ts'
import type { Settings } from './settings.ts'

/** How soon a setting holds that another process, `driad settings set` say, wrote down. */
const POLL_MS = 1_000

const followed = settingKeys.filter((key) => settingDefinitions[key].holds === undefined)

/** Takes over what other processes set, of all that may change while the node runs. Returns a function that ends it. */
export function followSettings(store: Reader, settings: Pick<Settings, 'refresh'>): () => void {
  return watchCommits(store, { pollMs: POLL_MS, onCommits: () => settings.refresh(followed) })
}
