import { type KvType, kvTypes } from '../../protocol/model-fit/memory-plan.ts'
import type { Price } from '../../protocol/money.ts'
import type { Reader, Store } from '../store/contract.ts'

/** Digests of files that are no longer anybody's model, and that no scan found, are forgotten above this number. */
const MAX_DIGESTS = 256

/** How a model is to be loaded, where that differs from the settings. */
export interface ModelWish {
  /** Whether it stays in memory, whoever else is asked for. */
  readonly preload: boolean
  readonly slots?: number | undefined
  /** Tokens per sequence, at most. */
  readonly contextSize?: number | undefined
  readonly kvType?: KvType | undefined
  /** GGUF of a small model that guesses ahead for it. */
  readonly draftPath?: string | undefined
}

export const noWish: ModelWish = { preload: false }

/** A model as it is kept in the data folder. */
export interface ModelRow {
  readonly name: string
  readonly path: string
  /** Whether it is loaded when the node starts. */
  readonly enabled: boolean
  /** Its own price; the settings' where absent. */
  readonly price: Price | undefined
  readonly wish: ModelWish
}

/** A file as it was when its digest was made. */
export interface FileStamp {
  readonly path: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

interface RawRow {
  name: string
  path: string
  enabled: number
  prompt_price: string | null
  completion_price: string | null
  preload: number
  slots: number | null
  context_size: number | null
  kv_type: string | null
  draft_path: string | null
}

/** The tables `models` and `model_digests`. */
export class ModelRows {
  readonly #store: Pick<Store, 'write'> & Reader

  constructor(store: Pick<Store, 'write'> & Reader) {
    this.#store = store
  }

  all(): ModelRow[] {
    return this.#store
      .all<RawRow>(
        `SELECT name, path, enabled, prompt_price, completion_price, preload, slots, context_size, kv_type,
           draft_path FROM models ORDER BY added_at_ms, name`,
      )
      .map(({ name, path, enabled, prompt_price, completion_price, ...raw }) => ({
        name,
        path,
        enabled: enabled !== 0,
        price:
          prompt_price === null || completion_price === null
            ? undefined
            : { promptMicroPer1k: BigInt(prompt_price), completionMicroPer1k: BigInt(completion_price) },
        wish: wishOf(raw),
      }))
  }

  async put({ name, path, enabled, price, wish }: ModelRow, nowMs: number): Promise<void> {
    await this.#store.write((tx) =>
      tx.run(
        `INSERT INTO models (name, path, enabled, prompt_price, completion_price, preload, slots, context_size, kv_type,
           draft_path, added_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET path = excluded.path, enabled = excluded.enabled,
           prompt_price = excluded.prompt_price, completion_price = excluded.completion_price, preload = excluded.preload,
           slots = excluded.slots, context_size = excluded.context_size, kv_type = excluded.kv_type,
           draft_path = excluded.draft_path`,
        name,
        path,
        enabled ? 1 : 0,
        price === undefined ? null : String(price.promptMicroPer1k),
        price === undefined ? null : String(price.completionMicroPer1k),
        wish.preload ? 1 : 0,
        wish.slots ?? null,
        wish.contextSize ?? null,
        wish.kvType ?? null,
        wish.draftPath ?? null,
        nowMs,
      ),
    )
  }

  async remove(name: string): Promise<void> {
    await this.#store.write((tx) => tx.run('DELETE FROM models WHERE name = ?', name))
  }

  digest({ path, sizeBytes, modifiedAtMs }: FileStamp): Uint8Array | undefined {
    return this.#store.get<{ sha256: Uint8Array }>(
      'SELECT sha256 FROM model_digests WHERE path = ? AND size_bytes = ? AND modified_at_ms = ?',
      path,
      sizeBytes,
      modifiedAtMs,
    )?.sha256
  }

  async putDigest({ path, sizeBytes, modifiedAtMs }: FileStamp, sha256: Uint8Array): Promise<void> {
    await this.#store.write((tx) => {
      tx.run(
        `INSERT INTO model_digests (path, size_bytes, modified_at_ms, sha256) VALUES (?, ?, ?, ?)
         ON CONFLICT (path) DO UPDATE SET size_bytes = excluded.size_bytes,
           modified_at_ms = excluded.modified_at_ms, sha256 = excluded.sha256`,
        path,
        sizeBytes,
        modifiedAtMs,
        sha256,
      )
      tx.run(
        `DELETE FROM model_digests WHERE path NOT IN (SELECT path FROM models)
           AND path NOT IN (SELECT path FROM found_files) AND path != ?
           AND (SELECT count(*) FROM model_digests) > ?`,
        path,
        MAX_DIGESTS,
      )
    })
  }
}

function wishOf({
  preload,
  slots,
  context_size,
  kv_type,
  draft_path,
}: Pick<RawRow, 'preload' | 'slots' | 'context_size' | 'kv_type' | 'draft_path'>): ModelWish {
  const kvType = kvTypes.find((type) => type === kv_type)
  return {
    preload: preload !== 0,
    ...(slots !== null && { slots }),
    ...(context_size !== null && { contextSize: context_size }),
    ...(kvType !== undefined && { kvType }),
    ...(draft_path !== null && { draftPath: draft_path }),
  }
}
