import { settingDefinitions, settingKeys } from './schema.ts'
import type { Settings } from './settings.ts'

/** How soon a setting holds that another process, `driad settings set` say, wrote down. */
const REFRESH_MS = 1_000

const followed = settingKeys.filter((key) => settingDefinitions[key].holds === undefined)

/** Takes over what other processes set, of all that may change while the node runs. Returns a function that ends it. */
export function followSettings(settings: Pick<Settings, 'refresh'>): () => void {
  const timer = setInterval(() => settings.refresh(followed), REFRESH_MS)
  timer.unref()
  return () => clearInterval(timer)
}
