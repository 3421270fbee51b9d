import { existsSync } from 'node:fs'
import { openDataFolder } from '../node/data-folder.ts'
import { DeviceRows } from '../node/inference/devices/device-rows.ts'
import { gpusInUse } from '../node/inference/devices/gpus-in-use.ts'
import { FitRows } from '../node/models/fit/fit-rows.ts'
import type { FitSituation } from '../node/models/fit/fit-view.ts'
import { situationOf } from '../node/models/fit/situation.ts'
import { settingDefinitions } from '../node/settings/schema.ts'
import { openSettings, type Settings } from '../node/settings/settings.ts'
import type { Store } from '../node/store/contract.ts'
import { openStore } from '../node/store/open-store.ts'
import type { ReferenceSpeed } from '../protocol/model-fit/expected-speed.ts'

/** What a data folder knows of this computer; with the defaults where there is no folder yet, and none is made. */
export async function openFitSituation(
  dataDir: string | undefined,
  references: readonly ReferenceSpeed[] = [],
): Promise<{ situation: FitSituation; slots: number }> {
  const folder = openDataFolder(dataDir)
  const store = existsSync(folder.databasePath) ? openStore({ path: folder.databasePath }) : undefined
  try {
    const { slots, memoryReserveBytes } = settingsOf(store)
    const rows = store && new FitRows(store)
    const situation = await situationOf(rows, {
      folder: folder.path,
      gpus: gpusInUse(store && new DeviceRows(store).view()),
      reserveBytes: memoryReserveBytes,
      references,
    })
    // Corrections are read when a fit is worked out, which is after the store is closed.
    const corrections = new Map<string, number>()
    for (const architecture of rows?.architectures() ?? []) {
      corrections.set(architecture, situation.correction(architecture))
    }
    return {
      situation: { ...situation, correction: (architecture) => corrections.get(architecture) ?? 1 },
      slots,
    }
  } finally {
    await store?.close()
  }
}

function settingsOf(
  store: Store | undefined,
): Pick<ReturnType<Settings['get']>, 'slots' | 'memoryReserveBytes'> {
  if (store !== undefined) return openSettings({ store }).get()
  return {
    slots: settingDefinitions.slots.fallback,
    memoryReserveBytes: settingDefinitions.memoryReserveBytes.fallback,
  }
}
