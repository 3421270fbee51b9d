import { existsSync } from 'node:fs'
import { openDataFolder } from '../node/data-folder.ts'
import type { DeviceChoice } from '../node/inference/devices/choose-devices.ts'
import { openSettings } from '../node/settings/settings.ts'
import { openStore } from '../node/store/open-store.ts'

/** What a data folder's node computes on: a GPU that was disabled for it is not to be used by a command either. */
export function chosenDevices(dataDir: string | undefined): DeviceChoice {
  const folder = openDataFolder(dataDir)
  if (!existsSync(folder.databasePath)) return 'auto'
  const store = openStore({ path: folder.databasePath, readOnly: true })
  try {
    return openSettings({ store }).get().devices
  } finally {
    void store.close()
  }
}
