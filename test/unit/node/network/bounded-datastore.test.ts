import { Key } from 'interface-datastore'
import { describe, expect, it } from 'vitest'
import { BoundedDatastore } from '../../../../src/node/network/bounded-datastore.ts'

const bytes = (length: number) => new Uint8Array(length)
const keysOf = async (store: BoundedDatastore) => {
  const keys: string[] = []
  for await (const key of store.queryKeys({})) keys.push(key.toString())
  return keys.sort()
}

describe('BoundedDatastore', () => {
  it('forgets of each kind what was used longest ago, and nothing of another kind', async () => {
    const store = new BoundedDatastore({ maxEntries: 3 })
    store.put(new Key('/peers/a'), bytes(1))
    for (const name of ['a', 'b', 'c']) store.put(new Key(`/dht/provider/${name}`), bytes(1))
    store.get(new Key('/dht/provider/a'))
    store.put(new Key('/dht/record/d'), bytes(1))
    expect(await keysOf(store)).toEqual(['/dht/provider/a', '/dht/provider/c', '/dht/record/d', '/peers/a'])
    expect(() => store.get(new Key('/dht/provider/b'))).toThrow()
  })

  it('bounds bytes, and counts what is replaced or deleted no more', async () => {
    const store = new BoundedDatastore({ maxEntries: 100, maxBytes: 1_000 })
    for (let turn = 0; turn < 10; turn++) store.put(new Key('/dht/a'), bytes(400))
    store.put(new Key('/dht/b'), bytes(400))
    expect(await keysOf(store)).toEqual(['/dht/a', '/dht/b'])
    store.delete(new Key('/dht/a'))
    store.put(new Key('/dht/c'), bytes(500))
    expect(await keysOf(store)).toEqual(['/dht/b', '/dht/c'])
    store.put(new Key('/dht/d'), bytes(900))
    expect(await keysOf(store)).toEqual(['/dht/d'])
  })
})
