import { existsSync } from 'node:fs'
import { type DataFolder, openDataFolder } from '../../../node/data-folder.ts'
import { type ModelRow, ModelRows } from '../../../node/models/model-rows.ts'
import { openStore } from '../../../node/store/open-store.ts'

export interface ModelFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

export function readRows(folder: DataFolder): ModelRow[] {
  if (!existsSync(folder.databasePath)) return []
  const store = openStore({ path: folder.databasePath, readOnly: true })
  try {
    return new ModelRows(store).all()
  } finally {
    void store.close()
  }
}

export async function changeModels(
  flags: ModelFlags,
  change: (rows: ModelRows) => Promise<void>,
): Promise<void> {
  const store = openStore({ path: openDataFolder(flags.dataDir).databasePath })
  try {
    await change(new ModelRows(store))
  } finally {
    await store.close()
  }
}
