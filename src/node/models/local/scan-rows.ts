import { z } from 'zod'
import { driadErrorCodes } from '../../../protocol/errors.ts'
import { localModelSources, skipCodes } from '../../../protocol/local-model-views.ts'
import type { Reader, Store } from '../../store/contract.ts'
import type { ScannedFile, ScanResult } from './scan-places.ts'

export interface KeptScan extends ScanResult {
  readonly finishedAtMs: number
}

const source = z.enum(localModelSources)
const placesSchema = z.array(z.object({ source, path: z.string() }))
const skippedSchema = z.array(
  z.object({
    path: z.string(),
    code: z.enum(skipCodes),
    facts: z.record(z.string(), z.union([z.string(), z.number()])),
  }),
)
const fileSchema = z.object({
  source,
  path: z.string(),
  name: z.string(),
  claimedSha256: z.string().exactOptional(),
  unusable: z.string().exactOptional(),
  sizeBytes: z.number(),
  modifiedAtMs: z.number(),
  identity: z.string(),
  links: z.number(),
  diskBytes: z.number(),
  parts: z
    .array(z.object({ path: z.string(), sizeBytes: z.number(), modifiedAtMs: z.number() }))
    .exactOptional(),
  facts: z
    .object({
      architecture: z.string(),
      quantisation: z.string(),
      parameterCount: z.number(),
      hasChatTemplate: z.boolean(),
      contextLength: z.number().exactOptional(),
    })
    .exactOptional(),
  error: z.object({ code: z.enum(driadErrorCodes), message: z.string() }).exactOptional(),
})

/** The tables `local_scans` and `found_files`: what the last scan found. */
export class ScanRows {
  readonly #store: Pick<Store, 'write'> & Reader

  constructor(store: Pick<Store, 'write'> & Reader) {
    this.#store = store
  }

  /** Of the scan that `read` would give. */
  finishedAtMs(): number | undefined {
    return this.#store.get<{ finished_at_ms: number }>('SELECT finished_at_ms FROM local_scans')
      ?.finished_at_ms
  }

  /** Undefined where nothing was scanned yet, or another version wrote what this one cannot read. */
  read(): KeptScan | undefined {
    const scan = this.#store.get<{ finished_at_ms: number; places: string; skipped: string }>(
      'SELECT finished_at_ms, places, skipped FROM local_scans',
    )
    if (scan === undefined) return undefined
    const places = placesSchema.safeParse(jsonOf(scan.places))
    const skipped = skippedSchema.safeParse(jsonOf(scan.skipped))
    const rows = this.#store.all<{ file: string }>('SELECT file FROM found_files ORDER BY position')
    const files: ScannedFile[] = []
    for (const row of rows) {
      const file = fileSchema.safeParse(jsonOf(row.file))
      if (!file.success) return undefined
      files.push(file.data)
    }
    if (!places.success || !skipped.success) return undefined
    return { finishedAtMs: scan.finished_at_ms, places: places.data, skipped: skipped.data, files }
  }

  /** Puts it in the place of what was found before. */
  async replace({ finishedAtMs, places, skipped, files }: KeptScan): Promise<void> {
    await this.#store.write((tx) => {
      tx.run('DELETE FROM found_files')
      tx.run(
        `INSERT INTO local_scans (id, finished_at_ms, places, skipped) VALUES (1, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET finished_at_ms = excluded.finished_at_ms, places = excluded.places,
           skipped = excluded.skipped`,
        finishedAtMs,
        JSON.stringify(places),
        JSON.stringify(skipped),
      )
      for (const [position, file] of files.entries()) {
        tx.run(
          'INSERT INTO found_files (position, path, file) VALUES (?, ?, ?)',
          position,
          file.path,
          JSON.stringify(file),
        )
      }
    })
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
