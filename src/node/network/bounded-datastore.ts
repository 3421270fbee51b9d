import { MemoryDatastore } from 'datastore-core'

type Key = Parameters<MemoryDatastore['put']>[0]
type Value = Parameters<MemoryDatastore['put']>[1]
type Options = Parameters<MemoryDatastore['put']>[2]

/** Of each kind of thing that libp2p remembers: peers, and what the DHT keeps for others. */
const MAX_ENTRIES = 8_192
const MAX_BYTES = 16 * 1024 * 1024

/** What is kept of one kind, least recently used first. */
interface Kind {
  readonly entries: Map<string, { readonly key: Key; readonly bytes: number }>
  bytes: number
}

/**
 * libp2p's memory, with bounds: whoever connects is remembered for hours, and whoever asks may leave provider records for
 * a day, so without them a peer with many names fills the computer. Each kind forgets what was used longest ago.
 */
export class BoundedDatastore extends MemoryDatastore {
  readonly #kinds = new Map<string, Kind>()
  readonly #maxEntries: number
  readonly #maxBytes: number

  constructor({ maxEntries = MAX_ENTRIES, maxBytes = MAX_BYTES } = {}) {
    super()
    this.#maxEntries = maxEntries
    this.#maxBytes = maxBytes
  }

  override put(key: Key, value: Value, options?: Options): Key {
    const kind = this.#kindOf(key)
    this.#forget(kind, key)
    kind.entries.set(key.toString(), { key, bytes: value.byteLength })
    kind.bytes += value.byteLength
    void super.put(key, value, options)
    for (const { key: oldest } of kind.entries.values()) {
      if (kind.entries.size <= this.#maxEntries && kind.bytes <= this.#maxBytes) break
      this.delete(oldest)
    }
    return key
  }

  override get(key: Key, options?: Options): Value {
    const { entries } = this.#kindOf(key)
    const name = key.toString()
    const entry = entries.get(name)
    if (entry !== undefined) {
      entries.delete(name)
      entries.set(name, entry)
    }
    return super.get(key, options) as Value
  }

  override delete(key: Key, options?: Options): void {
    this.#forget(this.#kindOf(key), key)
    void super.delete(key, options)
  }

  #forget(kind: Kind, key: Key): void {
    const name = key.toString()
    const entry = kind.entries.get(name)
    if (entry === undefined) return
    kind.entries.delete(name)
    kind.bytes -= entry.bytes
  }

  /** `/peers/…`, `/dht/…`: few, and ours to name. */
  #kindOf(key: Key): Kind {
    const name = key.toString().split('/')[1] ?? ''
    const known = this.#kinds.get(name)
    if (known !== undefined) return known
    const kind: Kind = { entries: new Map(), bytes: 0 }
    this.#kinds.set(name, kind)
    return kind
  }
}
