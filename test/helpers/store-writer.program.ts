// Writes numbered rows into a store, a few at a time, and says each number on stdout once its write is acknowledged.
// Arguments: path, prefix of the keys, how many rows (0: until it is killed), how many at once.
import { writeSync } from 'node:fs'
import { openStore } from '../../src/node/store/open-store.ts'

const [path = '', prefix = '', total = '0', group = '5'] = process.argv.slice(2)
const store = openStore({ path, busyTimeoutMs: 20_000 })

for (let next = 0; total === '0' || next < Number(total); ) {
  const turn = Array.from({ length: Number(group) }, () => {
    const key = `${prefix}${next++}`
    return store
      .write((tx) => tx.run('INSERT INTO settings VALUES (?, ?, ?)', key, 'x'.repeat(500), Date.now()))
      .then(() => writeSync(1, `${key}\n`))
  })
  await Promise.all(turn)
}
await store.close()
