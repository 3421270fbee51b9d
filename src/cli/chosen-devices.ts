import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defaultDataFolder, openDataFolder } from '../node/data-folder.ts'
import type { DeviceChoice } from '../node/inference/devices/choose-devices.ts'
import { openSettings } from '../node/settings/settings.ts'
import { openStore } from '../node/store/open-store.ts'
import { DriadError } from '../protocol/errors.ts'

/** What a data folder's node computes on: a GPU that was disabled for it is not to be used by a command either. */
export function chosenDevices(dataDir: string | undefined): DeviceChoice {
  // A run needs no folder, and is not to make one.
  if (!existsSync(join(dataDir ?? defaultDataFolder(), 'driad.sqlite'))) return 'auto'
  try {
    const store = openStore({ path: openDataFolder(dataDir).databasePath, readOnly: true })
    const { devices } = openSettings({ store }).get()
    void store.close()
    return devices
  } catch (cause) {
    // Of an older version, in which nothing could be chosen.
    if (DriadError.from(cause).code === 'data_folder_unusable') return 'auto'
    throw cause
  }
}
