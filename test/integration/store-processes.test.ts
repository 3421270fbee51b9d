import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/node/store/open-store.ts'
import { runTypeScript } from '../helpers/run-typescript.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const writer = join(import.meta.dirname, '../helpers/store-writer.program.ts')

describe('the store, shared with processes that come and go', () => {
  it('loses nothing that was acknowledged before kill -9', async () => {
    using folder = tempFolder()
    const path = folder.file('driad.sqlite')
    const acknowledged = new Set<string>()
    for (const [round, killAfter] of [30, 171, 500].entries()) {
      const { child, lines, ended } = runTypeScript(writer, [path, `r${round}-`, '0', '5'])
      let seen = 0
      for await (const key of lines) {
        acknowledged.add(key)
        seen++
        if (seen === killAfter) child.kill('SIGKILL')
      }
      expect(await ended).toBe('SIGKILL')

      // Read-only first: the write-ahead log that the dead process left must be taken into account there too.
      for (const readOnly of [true, false]) {
        const store = openStore({ path, readOnly })
        const keys = new Set(store.all<{ key: string }>('SELECT key FROM settings').map((row) => row.key))
        expect([...acknowledged].filter((key) => !keys.has(key))).toEqual([])
        expect(store.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
        await store.close()
      }
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(701)
  })

  it('takes the writes of two processes at once, every one of them', async () => {
    using folder = tempFolder()
    const path = folder.file('driad.sqlite')
    const programs = ['a', 'b'].map((prefix) => runTypeScript(writer, [path, prefix, '300', '3']))
    const said = await Promise.all(programs.map(({ lines }) => collect(lines)))
    expect(await Promise.all(programs.map(({ ended }) => ended))).toEqual([0, 0])
    expect(said.map((keys) => keys.length)).toEqual([300, 300])

    const store = openStore({ path })
    const rows = store.all<{ key: string }>('SELECT key FROM settings')
    expect(rows).toHaveLength(600)
    await store.close()
  })
})

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}
