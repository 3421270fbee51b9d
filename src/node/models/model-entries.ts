import { resolve } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import type { Store } from '../store/contract.ts'
import { type ModelEntry, newEntry } from './model-entry.ts'
import { checkModelName, modelNameOf } from './model-name.ts'
import { type ModelRow, ModelRows, noWish } from './model-rows.ts'

export const BUILT_IN_MODEL = 'demo'
/** Models in one folder. */
const MAX_MODELS = 32

export interface ModelEntriesInit {
  /** The demo model's file. */
  readonly builtInPath: string
  readonly now: () => number
}

/** What another process changed in the table. */
export interface RowChanges {
  readonly added: readonly ModelEntry[]
  readonly removed: readonly ModelEntry[]
  /** Those whose price or wish may be another. */
  readonly kept: readonly ModelEntry[]
  /** Of the kept ones, those that are enabled now, or no more. */
  readonly switched: readonly ModelEntry[]
}

/** The models that the node knows: those of the table, the built-in one, and those of this run only. */
export class ModelEntries {
  readonly rows: ModelRows
  readonly #init: ModelEntriesInit
  readonly #entries = new Map<string, ModelEntry>()
  #writing = 0

  constructor(store: Store, init: ModelEntriesInit) {
    this.rows = new ModelRows(store)
    this.#init = init
    const rows = new Map(this.rows.all().map((row) => [row.name, row]))
    const builtIn = rows.get(BUILT_IN_MODEL)
    rows.delete(BUILT_IN_MODEL)
    this.#insert({
      name: BUILT_IN_MODEL,
      path: init.builtInPath,
      builtIn: true,
      kept: true,
      enabled: builtIn?.enabled ?? true,
      price: builtIn?.price,
      wish: builtIn?.wish ?? noWish,
    })
    for (const row of rows.values()) this.#insert({ ...row, builtIn: false, kept: true })
  }

  /** True while what is here is not in the table yet. */
  get writing(): boolean {
    return this.#writing > 0
  }

  all(): ModelEntry[] {
    return [...this.#entries.values()]
  }

  names(): string[] {
    return [...this.#entries.keys()]
  }

  get(name: string): ModelEntry | undefined {
    return this.#entries.get(name)
  }

  /** Throws `model_unavailable` for an unknown name. */
  known(name: string): ModelEntry {
    const entry = this.#entries.get(name)
    if (entry !== undefined) return entry
    throw new DriadError('model_unavailable', `There is no model called ${name}`)
  }

  /** Whether it is still one of ours, and enabled. */
  wanted(entry: ModelEntry): boolean {
    return entry.enabled && this.#entries.get(entry.name) === entry
  }

  /**
   * Whether a file can be added under that name, or its own. Throws `bad_setting` for a name that is taken or impossible.
   * @returns the name, and its entry if it was added before
   */
  check(path: string, given: string | undefined): { name: string; known: ModelEntry | undefined } {
    const name = given ?? modelNameOf(path)
    checkModelName(name)
    const known = this.#entries.get(name)
    if (known !== undefined && known.path !== path) {
      throw new DriadError(
        'bad_setting',
        `There is a model called ${name} already; give ${path} another name`,
      )
    }
    if (known === undefined && this.#entries.size >= MAX_MODELS) {
      throw new DriadError('bad_setting', `A node has at most ${MAX_MODELS} models; remove one first`)
    }
    return { name, known }
  }

  /** The entry of a name and file, a new one if there is none. Throws as `check` does. */
  add(path: string, given: string | undefined, kept: boolean): ModelEntry {
    const { name, known } = this.check(path, given)
    if (known !== undefined) return known
    return this.#insert({
      name,
      path,
      builtIn: false,
      kept,
      enabled: true,
      price: undefined,
      wish: noWish,
    })
  }

  /** Models of this run only. */
  addExtra({ path, name }: { readonly path: string; readonly name?: string }): void {
    this.add(resolve(path), name, false).enabled = true
  }

  /** Another file under an entry's name, with its price and wishes; the old entry is nobody's from now on. */
  moved({ name, price, wish, kept }: ModelEntry, path: string): ModelEntry {
    return this.#insert({ name, path, builtIn: false, kept, enabled: true, price, wish })
  }

  async remove(entry: ModelEntry): Promise<void> {
    this.#entries.delete(entry.name)
    if (entry.kept) await this.#write(() => this.rows.remove(entry.name))
  }

  /** Remembers it in the data folder, unless it is of this run only. */
  async keep({ name, path, enabled, price, wish, kept }: ModelEntry): Promise<void> {
    if (!kept) return
    await this.#write(() => this.rows.put({ name, path, enabled, price, wish }, this.#init.now()))
  }

  /** Takes up what another process changed in the table. */
  follow(rows: readonly ModelRow[]): RowChanges {
    const left = new Map(rows.map((row) => [row.name, row]))
    const changes = {
      added: [] as ModelEntry[],
      removed: [] as ModelEntry[],
      kept: [] as ModelEntry[],
      switched: [] as ModelEntry[],
    }
    for (const entry of this.all()) {
      const row = left.get(entry.name)
      left.delete(entry.name)
      if (!entry.kept) continue
      if (row !== undefined && (entry.builtIn || row.path === entry.path)) {
        if (row.enabled !== entry.enabled) changes.switched.push(entry)
        entry.enabled = row.enabled
        entry.price = row.price
        entry.wish = row.wish
        changes.kept.push(entry)
      } else if (!entry.builtIn) {
        this.#entries.delete(entry.name)
        changes.removed.push(entry)
        // The same name for another file.
        if (row !== undefined) left.set(row.name, row)
      }
    }
    for (const row of left.values()) {
      if (row.name === BUILT_IN_MODEL || this.#entries.size >= MAX_MODELS) continue
      changes.added.push(this.#insert({ ...row, builtIn: false, kept: true }))
    }
    return changes
  }

  #insert(model: Parameters<typeof newEntry>[0]): ModelEntry {
    const entry = newEntry(model)
    this.#entries.set(entry.name, entry)
    return entry
  }

  async #write(write: () => Promise<void>): Promise<void> {
    this.#writing++
    try {
      await write()
    } finally {
      this.#writing--
    }
  }
}
